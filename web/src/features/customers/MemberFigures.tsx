import { Count } from "@/components/figures";
import { useMemberFigures } from "./file/api";
import { Name } from "./file/TierTab";

/** What a member has, in a row of the list. Asked once for a page of rows, and only while the column is shown. */
export function Points({ id, page }: { id: number; page: readonly number[] }) {
  const hers = useMemberFigures(page).data?.get(id);
  return hers ? <Count value={hers.points} /> : null;
}

export function TierOf({ id, page }: { id: number; page: readonly number[] }) {
  const tier = useMemberFigures(page).data?.get(id)?.tier;
  return tier ? <Name {...tier} /> : null;
}

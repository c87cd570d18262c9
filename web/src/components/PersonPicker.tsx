import { Select } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { type FoundPerson, usePeople } from "@/api/people";
import styles from "./PersonPicker.module.css";

const REST_MILLISECONDS = 200;

/** Chooses one customer by name, phone, e-mail or card. */
export function PersonPicker({
  person,
  onChoose,
  firstByItself = false,
}: {
  person: FoundPerson | null;
  onChoose: (person: FoundPerson) => void;
  /** Takes the first one found when nobody is chosen yet. */
  firstByItself?: boolean;
}) {
  const { t } = useTranslation("kit");
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const [q, setQ] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setQ(typed.trim()), REST_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = usePeople(q, open || (firstByItself && person === null));
  const first = found.data?.[0];
  useEffect(() => {
    if (firstByItself && person === null && first) onChoose(first);
  }, [firstByItself, person, first, onChoose]);
  const people = found.data ?? [];
  const shown = person && !people.some(({ id }) => id === person.id) && q === "" ? [person, ...people] : people;
  return (
    <Select
      className={styles.picker}
      value={person?.id ?? null}
      aria-label={t("person.choose")}
      placeholder={t("person.search")}
      showSearch={{ filterOption: false, onSearch: setTyped, searchValue: typed }}
      loading={found.isFetching && open}
      notFoundContent={found.isPending ? t("person.looking") : t("person.none")}
      onOpenChange={(next) => {
        setOpen(next);
        if (!next) setTyped("");
      }}
      options={shown.map((one) => ({ value: one.id, label: one.name || t("person.nameless"), one }))}
      optionRender={({ data }) => (
        <span className={styles.option}>
          <span>{data.label}</span>
          <span className={styles.faint}>{data.one.email ?? data.one.phone}</span>
        </span>
      )}
      onChange={(_, option) => {
        if (option && !Array.isArray(option)) onChoose(option.one);
      }}
    />
  );
}

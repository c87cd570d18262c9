import {
  ArrowDownOutlined,
  ArrowUpOutlined,
  BlockOutlined,
  CopyOutlined,
  DeleteOutlined,
  LoginOutlined,
  LogoutOutlined,
  MoreOutlined,
  StopOutlined,
} from "@ant-design/icons";
import { Button, Dropdown, Select, Tooltip } from "antd";
import { type ReactNode, type RefObject, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Count } from "@/components/figures";
import { useReading } from "@/components/reading";
import type { Catalogue } from "../catalogue";
import { type Draft, type DraftCondition, type DraftGroup, newGroup } from "../draft";
import { addBranch, changeBranch, type Direction, duplicateBranch, removeBranch, spotOf, wrapBranch } from "../tree";
import { AddCondition } from "./AddCondition";
import styles from "./builder.module.css";
import { ConditionEditor } from "./ConditionEditor";
import { DEEPEST_GROUP, DropGap, Moving, useMovable, useMoves } from "./Moving";
import { newCondition } from "./options";

/** What each branch matches, as far as it is known. */
export interface BranchCounts {
  readonly of: (id: string) => number | null;
  readonly unfinished: ReadonlySet<string>;
  /** A newer count is on its way. */
  readonly stale: boolean;
  /** Why a branch cannot be asked, in words. */
  readonly faults: ReadonlyMap<string, readonly string[]>;
}

export interface RuleBuilderProps {
  readonly root: DraftGroup;
  readonly catalogue: Catalogue;
  readonly counts: BranchCounts;
  /** The segment whose rule this is, once it has been saved. */
  readonly self: number | null;
  /** `control` names what was touched, so that typing in one place is one step of undo. */
  readonly onChange: (root: DraftGroup, control?: string) => void;
}

/** The rule as nested groups of conditions, each with its own count. */
export function RuleBuilder(props: RuleBuilderProps) {
  const added = useRef<string | null>(null);
  const left = useRef<string | null>(null);
  const tree = { ...props, added, left };
  return (
    <Moving root={tree.root} onChange={(root) => tree.onChange(root)}>
      <GroupBody group={tree.root} depth={0} tree={tree} />
    </Moving>
  );
}

interface Tree extends RuleBuilderProps {
  /** The condition that was just added: whoever types goes on in it. */
  readonly added: RefObject<string | null>;
  /** The group that a branch was just taken out of: whoever has no mouse goes on there. */
  readonly left: RefObject<string | null>;
}

/** A group within a group, which moves as a whole. */
function NestedGroup({ group, depth, tree }: { group: DraftGroup; depth: number; tree: Tree }) {
  const { ref, handle, isDragging } = useMovable(group.id);
  return (
    <div ref={ref} data-moving={isDragging || undefined} className={styles.movable}>
      <GroupBody group={group} depth={depth} tree={tree} handle={handle} />
    </div>
  );
}

function GroupBody({
  group,
  depth,
  tree,
  handle,
}: {
  group: DraftGroup;
  depth: number;
  tree: Tree;
  handle?: ReactNode;
}) {
  const { t } = useTranslation("segments");
  const { currency } = useReading();
  const { root, catalogue, counts, onChange } = tree;
  const put = (next: DraftGroup, control?: string) =>
    onChange(
      changeBranch(root, group.id, () => next),
      control,
    );
  const add = (key: string) => {
    const condition = newCondition(key, catalogue, currency);
    if (!condition) return;
    tree.added.current = condition.id;
    onChange(addBranch(root, group.id, condition));
  };
  const foot = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (tree.left.current !== group.id) return;
    tree.left.current = null;
    foot.current?.querySelector<HTMLElement>("input, button")?.focus();
  });
  return (
    <fieldset className={styles.group} data-depth={depth} data-negated={group.negated || undefined}>
      <legend className="hk-visually-hidden">{t(`group.${group.mode}`)}</legend>
      <div className={styles.groupHead}>
        {handle}
        {group.negated && <span className={styles.not}>{t("group.not")}</span>}
        <Select
          size="small"
          variant="filled"
          value={group.mode}
          aria-label={t("group.operator")}
          popupMatchSelectWidth={false}
          options={[
            { value: "all", label: t("group.all") },
            { value: "any", label: t("group.any") },
          ]}
          onChange={(mode) => put({ ...group, mode })}
        />
        <span className={styles.quiet}>{t("group.where")}</span>
        {depth > 0 && (
          <span className={styles.tail}>
            <BranchCount branch={group} counts={counts} />
            <BranchMenu branch={group} depth={depth} tree={tree} />
          </span>
        )}
      </div>
      {group.children.map((child, place) => (
        <div key={child.id} className={styles.branch}>
          <DropGap group={group.id} gap={place}>
            {place > 0 && <span className={styles.joint}>{t(group.mode === "all" ? "group.and" : "group.or")}</span>}
          </DropGap>
          {child.kind === "group" ? (
            <NestedGroup group={child} depth={depth + 1} tree={tree} />
          ) : (
            <ConditionRow branch={child} depth={depth + 1} tree={tree} />
          )}
        </div>
      ))}
      <DropGap group={group.id} gap={group.children.length} />
      <div ref={foot} className={styles.groupFoot}>
        <AddCondition
          key={group.children.length}
          catalogue={catalogue}
          onAdd={add}
          openAtFirst={group.children.length === 0}
        />
        {depth < DEEPEST_GROUP && group.children.length > 0 && (
          <Button
            type="text"
            icon={<BlockOutlined />}
            onClick={() => onChange(addBranch(root, group.id, newGroup(group.mode === "all" ? "any" : "all")))}
          >
            {t("group.add_group")}
          </Button>
        )}
      </div>
    </fieldset>
  );
}

function ConditionRow({ branch, depth, tree }: { branch: DraftCondition; depth: number; tree: Tree }) {
  const { t } = useTranslation("segments");
  const { root, catalogue, counts, self, onChange } = tree;
  const { ref, handle, isDragging } = useMovable(branch.id);
  const faults = counts.faults.get(branch.id);
  const body = useRef<HTMLDivElement>(null);
  const valueLabel = t("group.value");
  useEffect(() => {
    if (tree.added.current !== branch.id) return;
    tree.added.current = null;
    const controls = [...(body.current?.querySelectorAll<HTMLElement>("input, button") ?? [])];
    (controls.find((control) => control.getAttribute("aria-label") === valueLabel) ?? controls[0])?.focus();
  }, [tree.added, branch.id, valueLabel]);
  return (
    <div
      ref={ref}
      className={styles.condition}
      data-negated={branch.negated || undefined}
      data-faulty={faults ? true : undefined}
      data-moving={isDragging || undefined}
    >
      {handle}
      {branch.negated && <span className={styles.not}>{t("group.not")}</span>}
      <div ref={body} className={styles.conditionBody}>
        <ConditionEditor
          condition={branch}
          catalogue={catalogue}
          self={self}
          onChange={(next, control) =>
            onChange(
              changeBranch(root, branch.id, () => next),
              `${branch.id}.${control}`,
            )
          }
        />
        {faults?.map((fault) => (
          <p key={fault} className={styles.faulty}>
            {fault}
          </p>
        ))}
      </div>
      <span className={styles.tail}>
        <BranchCount branch={branch} counts={counts} />
        <BranchMenu branch={branch} depth={depth} tree={tree} />
      </span>
    </div>
  );
}

function BranchCount({ branch, counts }: { branch: Draft; counts: BranchCounts }) {
  const { t } = useTranslation("segments");
  if (counts.unfinished.has(branch.id)) return <span className={styles.unfinished}>{t("live.branch_unfinished")}</span>;
  const count = counts.of(branch.id);
  if (count === null) return null;
  return (
    <Tooltip title={t("live.branch")}>
      <span className={styles.branchCount} data-stale={counts.stale || undefined}>
        <Count value={count} />
      </span>
    </Tooltip>
  );
}

function BranchMenu({ branch, depth, tree }: { branch: Draft; depth: number; tree: Tree }) {
  const { t } = useTranslation("segments");
  const { root, onChange } = tree;
  const moves = useMoves();
  const isGroup = branch.kind === "group";
  return (
    <Dropdown
      trigger={["click"]}
      placement="bottomRight"
      menu={{
        items: [
          { key: "negate", icon: <StopOutlined />, label: branch.negated ? t("group.affirm") : t("group.negate") },
          { key: "duplicate", icon: <CopyOutlined />, label: t("group.duplicate") },
          ...(depth < DEEPEST_GROUP ? [{ key: "wrap", icon: <BlockOutlined />, label: t("group.wrap") }] : []),
          ...MOVES.filter(([direction]) => moves.can(branch.id, direction)).map(([direction, icon]) => ({
            key: direction,
            icon,
            label: t(`move.${direction}`),
          })),
          {
            key: "remove",
            icon: <DeleteOutlined />,
            danger: true,
            label: isGroup ? t("group.remove_group") : t("group.remove"),
          },
        ],
        onClick: ({ key }) => {
          if (key === "negate") onChange(changeBranch(root, branch.id, (one) => ({ ...one, negated: !one.negated })));
          if (key === "duplicate") onChange(duplicateBranch(root, branch.id));
          if (key === "wrap") onChange(wrapBranch(root, branch.id));
          if (key === "remove") {
            tree.left.current = spotOf(root, branch.id)?.group ?? null;
            onChange(removeBranch(root, branch.id));
          }
          const move = MOVES.find(([direction]) => direction === key);
          if (move) moves.step(branch.id, move[0]);
        },
      }}
    >
      <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("group.menu")} />
    </Dropdown>
  );
}

const MOVES: readonly (readonly [Direction, ReactNode])[] = [
  ["up", <ArrowUpOutlined key="up" />],
  ["down", <ArrowDownOutlined key="down" />],
  ["in", <LoginOutlined key="in" />],
  ["out", <LogoutOutlined key="out" />],
];

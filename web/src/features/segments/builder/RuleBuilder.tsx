import { BlockOutlined, CopyOutlined, DeleteOutlined, MoreOutlined, StopOutlined } from "@ant-design/icons";
import { Button, Dropdown, Select, Tooltip } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Count } from "@/components/figures";
import { useReading } from "@/components/reading";
import { type Catalogue, carriedValue, familyOf, findField } from "../catalogue";
import {
  addBranch,
  changeBranch,
  type Draft,
  type DraftField,
  type DraftGroup,
  duplicateBranch,
  newGroup,
  removeBranch,
  wrapBranch,
} from "../rule";
import { useRuleWords } from "../useRuleWords";
import { AddCondition } from "./AddCondition";
import { BoughtCondition, offeredOperators } from "./BoughtCondition";
import styles from "./builder.module.css";
import { newCondition } from "./options";
import { FieldValue } from "./values";

/** Deeper than this a rule is no longer read by anyone. */
const DEEPEST_GROUP = 3;

/** What each branch matches, as far as it is known. */
export interface BranchCounts {
  readonly of: (id: string) => number | null;
  readonly unfinished: ReadonlySet<string>;
  /** A newer count is on its way. */
  readonly stale: boolean;
}

export interface RuleBuilderProps {
  readonly root: DraftGroup;
  readonly catalogue: Catalogue;
  readonly counts: BranchCounts;
  /** `control` names what was touched, so that typing in one place is one step of undo. */
  readonly onChange: (root: DraftGroup, control?: string) => void;
}

/** The rule as nested groups of conditions, each with its own count. */
export function RuleBuilder({ root, catalogue, counts, onChange }: RuleBuilderProps) {
  return (
    <Group
      group={root}
      depth={0}
      tree={{
        root,
        catalogue,
        counts,
        onChange,
      }}
    />
  );
}

function Group({ group, depth, tree }: { group: DraftGroup; depth: number; tree: RuleBuilderProps }) {
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
    if (condition) onChange(addBranch(root, group.id, condition));
  };
  return (
    <fieldset className={styles.group} data-depth={depth} data-negated={group.negated || undefined}>
      <legend className="hk-visually-hidden">{t(`group.${group.mode}`)}</legend>
      <div className={styles.groupHead}>
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
          {place > 0 && <span className={styles.joint}>{t(group.mode === "all" ? "group.and" : "group.or")}</span>}
          {child.kind === "group" ? (
            <Group group={child} depth={depth + 1} tree={tree} />
          ) : (
            <ConditionRow branch={child} depth={depth + 1} tree={tree}>
              {child.kind === "field" ? (
                <FieldConditionEditor
                  condition={child}
                  catalogue={catalogue}
                  onChange={(next, control) =>
                    onChange(
                      changeBranch(root, child.id, () => next),
                      `${child.id}.${control}`,
                    )
                  }
                />
              ) : (
                <BoughtCondition
                  bought={child}
                  catalogue={catalogue}
                  onChange={(next, control) =>
                    onChange(
                      changeBranch(root, child.id, () => next),
                      `${child.id}.${control}`,
                    )
                  }
                />
              )}
            </ConditionRow>
          )}
        </div>
      ))}
      <div className={styles.groupFoot}>
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

function ConditionRow({
  branch,
  depth,
  tree,
  children,
}: {
  branch: Exclude<Draft, DraftGroup>;
  depth: number;
  tree: RuleBuilderProps;
  children: ReactNode;
}) {
  const { t } = useTranslation("segments");
  return (
    <div className={styles.condition} data-negated={branch.negated || undefined}>
      {branch.negated && <span className={styles.not}>{t("group.not")}</span>}
      <div className={styles.conditionBody}>{children}</div>
      <span className={styles.tail}>
        <BranchCount branch={branch} counts={tree.counts} />
        <BranchMenu branch={branch} depth={depth} tree={tree} />
      </span>
    </div>
  );
}

function FieldConditionEditor({
  condition,
  catalogue,
  onChange,
}: {
  condition: DraftField;
  catalogue: Catalogue;
  onChange: (condition: DraftField, control: string) => void;
}) {
  const { t } = useTranslation("segments");
  const words = useRuleWords();
  const field = findField(catalogue.fields, condition.field);
  if (!field) return <span className={styles.fieldName}>{condition.field}</span>;
  const family = familyOf(field.type);
  return (
    <div className={styles.sentence}>
      <span className={styles.fieldName}>{words.field(field.key)}</span>
      {field.ops.length > 1 && (
        <Select
          value={condition.op}
          aria-label={t("group.operator")}
          popupMatchSelectWidth={false}
          options={offeredOperators(field.ops, condition.op, (op) => words.operator(family, op))}
          onChange={(op) =>
            onChange({ ...condition, op, value: carriedValue(family, condition.op, op, condition.value) }, "op")
          }
        />
      )}
      <FieldValue
        field={field}
        op={condition.op}
        value={condition.value}
        onChange={(value) => onChange({ ...condition, value }, "value")}
      />
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

function BranchMenu({ branch, depth, tree }: { branch: Draft; depth: number; tree: RuleBuilderProps }) {
  const { t } = useTranslation("segments");
  const { root, onChange } = tree;
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
          if (key === "remove") onChange(removeBranch(root, branch.id));
        },
      }}
    >
      <Button type="text" size="small" icon={<MoreOutlined />} aria-label={t("group.menu")} />
    </Dropdown>
  );
}

import { HolderOutlined } from "@ant-design/icons";
import { type CollisionDetector, CollisionPriority, CollisionType } from "@dnd-kit/abstract";
import { Accessibility, Feedback, PointerSensor } from "@dnd-kit/dom";
import { DragDropProvider, useDraggable, useDragOperation, useDroppable } from "@dnd-kit/react";
import { createContext, type KeyboardEvent, type ReactNode, useContext, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { DraftGroup } from "../draft";
import { type Direction, findBranch, gapSpot, mayMoveTo, moveBranch, spotOf, stepTo } from "../tree";
import styles from "./builder.module.css";

/** Deeper than this a rule is no longer read by anyone. */
export const DEEPEST_GROUP = 3;

const KEYS: Readonly<Record<string, Direction>> = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowRight: "in",
  ArrowLeft: "out",
};

interface Moves {
  readonly root: DraftGroup;
  /** One step by keys or by the menu, told to whoever does not see it. */
  readonly step: (id: string, direction: Direction) => void;
  readonly can: (id: string, direction: Direction) => boolean;
}

const MovesContext = createContext<Moves | null>(null);

export function useMoves(): Moves {
  const moves = useContext(MovesContext);
  if (!moves) throw new Error("nothing moves outside a rule");
  return moves;
}

/** Lets the branches of a rule be moved: by mouse, by touch and by keys. Each move is one step of undo. */
export function Moving({
  root,
  onChange,
  children,
}: {
  root: DraftGroup;
  onChange: (root: DraftGroup) => void;
  children: ReactNode;
}) {
  const { t } = useTranslation("segments");
  const [said, setSaid] = useState("");
  /** Whose handle was in the hand: moved to another group it is made anew, and takes the keys again. */
  const held = useRef<string | null>(null);
  useEffect(() => {
    if (held.current !== null && root) document.getElementById(handleId(held.current))?.focus();
    held.current = null;
  }, [root]);
  const put = (next: DraftGroup, id: string) => {
    if (next === root) return;
    const spot = spotOf(next, id);
    const group = spot && findBranch(next, spot.group);
    if (spot && group?.kind === "group") {
      const place = { place: spot.place + 1, total: group.children.length };
      setSaid(t(group.id === root.id ? "move.said" : "move.said_in_group", place));
    }
    onChange(next);
  };
  const moves: Moves = {
    root,
    can: (id, direction) => stepTo(root, id, direction, DEEPEST_GROUP) !== null,
    step: (id, direction) => {
      const spot = stepTo(root, id, direction, DEEPEST_GROUP);
      if (!spot) return setSaid(t("move.no_further"));
      held.current = id;
      put(moveBranch(root, id, spot), id);
    },
  };
  return (
    <DragDropProvider
      // Keys and what is said about them are our own: a tree has steps in and out, and two languages.
      sensors={[PointerSensor]}
      plugins={(usual) => usual.filter((plugin) => plugin !== Accessibility)}
      onDragEnd={({ canceled, operation: { source, target } }) => {
        if (canceled || !source || !target) return;
        const { group, gap } = target.data as Gap;
        const id = String(source.id);
        put(moveBranch(root, id, gapSpot(root, id, group, gap)), id);
      }}
    >
      <MovesContext.Provider value={moves}>{children}</MovesContext.Provider>
      <p id={HINT} hidden>
        {t("move.hint")}
      </p>
      <output className="hk-visually-hidden">{said}</output>
    </DragDropProvider>
  );
}

const HINT = "rule-moving-hint";

function handleId(id: string): string {
  return `move-${id}`;
}

/** Makes a branch movable: `ref` is of the branch, the handle is what it is held by. */
export function useMovable(id: string) {
  const { ref, handleRef, isDragging } = useDraggable({ id, plugins: FEEDBACK });
  return { ref, isDragging, handle: <Handle id={id} handleRef={handleRef} /> };
}

const FEEDBACK = [Feedback.configure({ feedback: "clone", dropAnimation: null })];

function Handle({ id, handleRef }: { id: string; handleRef: (element: Element | null) => void }) {
  const { t } = useTranslation("segments");
  const { step } = useMoves();
  return (
    <button
      ref={handleRef}
      id={handleId(id)}
      type="button"
      className={styles.handle}
      aria-label={t("move.handle")}
      aria-describedby={HINT}
      title={t("move.hint")}
      onKeyDown={(event: KeyboardEvent) => {
        const direction = KEYS[event.key];
        if (!direction) return;
        event.preventDefault();
        step(id, direction);
      }}
    >
      <HolderOutlined aria-hidden />
    </button>
  );
}

interface Gap {
  readonly group: string;
  /** Before which branch of the group, as it stands now. */
  readonly gap: number;
}

/** Of all gaps the one whose height the pointer is at: rows are wide, so only up and down counts. */
const atHeight: CollisionDetector = ({ dragOperation: { position }, droppable: { id, shape } }) =>
  shape
    ? {
        id,
        value: 1 / (1 + Math.abs(shape.center.y - position.current.y)),
        type: CollisionType.Collision,
        priority: CollisionPriority.Normal,
      }
    : null;

/** Between two branches, where a third may be put. */
export function DropGap({ group, gap, children }: Gap & { children?: ReactNode }) {
  const { root } = useMoves();
  const { source } = useDragOperation();
  const taken = source ? mayMoveTo(root, String(source.id), group, DEEPEST_GROUP) : false;
  const { ref, isDropTarget } = useDroppable({
    id: `${group} ${gap}`,
    data: { group, gap } satisfies Gap,
    disabled: source != null && !taken,
    collisionDetector: atHeight,
  });
  return (
    <div ref={ref} className={styles.gap} data-open={(isDropTarget && taken) || undefined}>
      {children}
    </div>
  );
}

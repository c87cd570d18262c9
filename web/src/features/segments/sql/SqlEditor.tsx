import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { type SQLNamespace, StandardSQL, sql as sqlLanguage } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, Prec, type Text } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  keymap,
  lineNumbers,
  placeholder as placeholderOf,
  tooltips,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import type { SqlTable } from "./api";
import type { Place } from "./fault";

export interface SqlEditorProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onRun: () => void;
  /** Escape, where no list of completions is open. */
  readonly onStop: () => void;
  readonly tables: readonly SqlTable[];
  /** In the reader's language, beside the names that are offered. */
  readonly meaning: (words: { readonly zh: string; readonly en: string }) => string;
  readonly fault: { readonly place: Place; readonly message: string } | null;
  readonly label: string;
  readonly placeholder: string;
}

/** In the colours of the house, by its own variables, so that dark is dark. */
const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--hk-accent-text)", fontWeight: "500" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--hk-good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--hk-warning)" },
  { tag: tags.comment, color: "var(--hk-text-soft)", fontStyle: "italic" },
  { tag: tags.operator, color: "var(--hk-text-soft)" },
]);

const LOOK = EditorView.theme({
  "&": { color: "var(--hk-text)", backgroundColor: "var(--hk-surface)", fontSize: "14px" },
  "&.cm-focused": { outline: "2px solid var(--hk-accent)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace", lineHeight: "1.6" },
  // The frame shows the focus.
  ".cm-content:focus-visible": { outline: "none" },
  ".cm-content": { caretColor: "var(--hk-text)", minHeight: "168px" },
  ".cm-cursor": { borderLeftColor: "var(--hk-text)" },
  ".cm-gutters": { backgroundColor: "var(--hk-canvas)", color: "var(--hk-text-soft)", border: "none" },
  ".cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--hk-accent) 6%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--hk-text)" },
  "&.cm-focused .cm-selectionBackground, .cm-selectionBackground, ::selection": {
    backgroundColor: "color-mix(in srgb, var(--hk-accent) 24%, var(--hk-surface)) !important",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--hk-raised)",
    color: "var(--hk-text)",
    border: "1px solid var(--hk-border-strong)",
    borderRadius: "6px",
  },
  ".cm-tooltip-autocomplete ul li[aria-selected]": {
    backgroundColor: "var(--hk-accent-soft)",
    color: "var(--hk-text)",
  },
  ".cm-completionDetail": { color: "var(--hk-text-soft)", fontStyle: "normal" },
  ".cm-placeholder": { color: "var(--hk-text-soft)" },
});

/** Where SQL is written: coloured, completed with tables and columns and what they mean. Fetched when it is shown. */
export default function SqlEditor(props: SqlEditorProps) {
  const { value, tables, meaning, fault, label, placeholder } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef(props);
  latest.current = props;
  const language = useRef(new Compartment());
  const words = useRef(new Compartment());

  // Made once; what changes is told it below.
  useEffect(() => {
    if (!host.current) return;
    const editor = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          lineNumbers(),
          history(),
          drawSelection(),
          highlightActiveLine(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          autocompletion({ icons: false }),
          // Over the frame of the editor, which cuts off what is longer.
          tooltips({ position: "fixed" }),
          EditorView.lineWrapping,
          syntaxHighlighting(COLOURS),
          LOOK,
          language.current.of([]),
          words.current.of([]),
          // Before the keys of the editor, in which Mod-Enter makes an empty line; a list of completions closes first.
          Prec.highest(keymap.of([{ key: "Mod-Enter", run: handled(() => latest.current.onRun()) }])),
          keymap.of([
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...historyKeymap,
            ...defaultKeymap.filter(({ key }) => key !== "Escape"),
            { key: "Escape", run: handled(() => latest.current.onStop()) },
            indentWithTab,
          ]),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, []);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== value)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);

  useEffect(() => {
    const offered: SQLNamespace = Object.fromEntries(
      tables.map((table) => [
        table.name,
        {
          self: { label: table.name, type: "type", detail: meaning(table.words) },
          children: table.columns.map((column) => ({
            label: column.name,
            type: "property",
            detail: meaning(column.words),
          })),
        },
      ]),
    );
    view.current?.dispatch({
      effects: language.current.reconfigure(
        sqlLanguage({ dialect: StandardSQL, schema: offered, upperCaseKeywords: true }),
      ),
    });
  }, [tables, meaning]);

  useEffect(() => {
    view.current?.dispatch({
      effects: words.current.reconfigure([
        placeholderOf(placeholder),
        EditorView.contentAttributes.of({ "aria-label": label }),
      ]),
    });
  }, [label, placeholder]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const found = fault ? [diagnosticAt(editor.state.doc, fault.place, fault.message)] : [];
    editor.dispatch(setDiagnostics(editor.state, found));
  }, [fault]);

  return <div ref={host} />;
}

/** As a key's command: nobody else need look at it. */
function handled(act: () => void): () => boolean {
  return () => {
    act();
    return true;
  };
}

/** The word at a place, underlined. */
function diagnosticAt(doc: Text, { line, column }: Place, message: string): Diagnostic {
  const at = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const from = Math.min(at.from + Math.max(column - 1, 0), at.to);
  const word = /^[\w"]+/.exec(at.text.slice(from - at.from))?.[0].length ?? 1;
  return { from, to: Math.min(from + word, doc.length), severity: "error", message };
}

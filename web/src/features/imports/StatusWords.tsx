import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Questions } from "./api";
import styles from "./imports.module.css";

type Words = Questions["status_words"];
type Meaning = Words[string];

const MEANINGS: readonly Meaning[] = ["paid", "unpaid", "closed", "refunded"];
const LONGEST_WORD = 80;
const MOST_WORDS = 100;

/** Which words of a platform's state column mean what. `seen` are words of the file, offered where none has a meaning. */
export function StatusWords({
  words,
  seen,
  onChange,
}: {
  words: Words;
  seen: readonly string[];
  onChange: (words: Words) => void;
}) {
  const { t } = useTranslation("imports");
  const [fresh, setFresh] = useState("");
  const options = MEANINGS.map((value) => ({ value, label: t(`status.${value}`) }));
  const offered = seen.filter((word) => !(word in words));
  const full = Object.keys(words).length >= MOST_WORDS;
  const add = (told: string) => {
    const word = told.trim();
    if (word && !(word in words) && !full) onChange({ ...words, [word]: "paid" });
    setFresh("");
  };

  return (
    <div className={styles.statusWords}>
      {Object.entries(words).map(([word, meaning]) => (
        <div key={word} className={styles.statusWord}>
          <span>{word}</span>
          <Select<Meaning>
            aria-label={t("status.means", { word })}
            value={meaning}
            options={options}
            onChange={(value) => onChange({ ...words, [word]: value })}
          />
          <Button
            type="text"
            icon={<CloseOutlined />}
            aria-label={t("status.remove", { word })}
            onClick={() => onChange(Object.fromEntries(Object.entries(words).filter(([known]) => known !== word)))}
          />
        </div>
      ))}
      {offered.length > 0 && !full && (
        <div className={styles.statusSeen}>
          <span className={styles.soft}>{t("status.seen")}</span>
          {offered.map((word) => (
            <Button key={word} size="small" icon={<PlusOutlined />} onClick={() => add(word)}>
              {word}
            </Button>
          ))}
        </div>
      )}
      <Input
        aria-label={t("status.add")}
        placeholder={t("status.add")}
        value={fresh}
        maxLength={LONGEST_WORD}
        disabled={full}
        onChange={({ target }) => setFresh(target.value)}
        onPressEnter={(event) => {
          event.preventDefault();
          add(fresh);
        }}
        onBlur={() => add(fresh)}
      />
    </div>
  );
}

/** A text that is told this once, with a way to take it along. */
import { Check, Copy } from "lucide-react";
import { useState } from "react";

import { Button } from "../design/Button.tsx";
import styles from "../design/forms.module.css";

export function Secret({ label, text }: { readonly label: string; readonly text: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(text).then(
      () => setCopied(true),
      // Where the clipboard is closed, the text can be marked: one press marks all of it.
      () => undefined,
    );
  };
  const Icon = isCopied ? Check : Copy;
  return (
    <div className={styles["secret"]}>
      <code aria-label={label}>{text}</code>
      <Button onClick={copy}>
        <Icon size={14} aria-hidden /> {isCopied ? "Copied" : "Copy"}
      </Button>
    </div>
  );
}

/** Light, dark or the system's: three ways, one of them on. */
import { Monitor, Moon, Sun } from "lucide-react";

import { useStore } from "./store.ts";
import { setTheme, theme, THEMES } from "./theme.ts";
import styles from "./ThemeToggle.module.css";

const ICONS = { light: Sun, dark: Moon, system: Monitor };
const LABELS = { light: "Light theme", dark: "Dark theme", system: "System theme" };

export function ThemeToggle() {
  const chosen = useStore(theme);
  return (
    <div role="group" aria-label="Theme" className={styles["toggle"]}>
      {THEMES.map((name) => {
        const Icon = ICONS[name];
        return (
          <button
            key={name}
            type="button"
            aria-label={LABELS[name]}
            aria-pressed={name === chosen}
            title={LABELS[name]}
            onClick={() => setTheme(name)}
          >
            <Icon size={13} aria-hidden />
          </button>
        );
      })}
    </div>
  );
}

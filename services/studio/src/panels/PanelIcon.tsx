/**
 * The sign of a panel: the icon it names, or its emoji, or the first letter of its title, on a
 * tint of its own that follows from its id.
 */
import {
  Activity,
  Bot,
  Calendar,
  ChartColumn,
  CircleCheckBig,
  ClipboardList,
  Clock,
  Database,
  File,
  Folder,
  Globe,
  Hash,
  Heart,
  LayoutDashboard,
  List,
  type LucideIcon,
  Mail,
  MessageCircle,
  Music,
  NotebookPen,
  Package,
  PenLine,
  RadioTower,
  Server,
  Settings,
  ShoppingCart,
  Star,
  Table,
  Terminal,
  Ticket,
  Timer,
  User,
  Users,
  Wallet,
  Zap,
} from "lucide-react";

import type { PanelSummary } from "../api/wire.ts";
import { classes } from "../design/classes.ts";
import { titleOf } from "./directory.ts";
import styles from "./PanelIcon.module.css";

/** Icons by the names and emoji that panels use; one style, whatever fonts a machine has. */
const ICONS: ReadonlyMap<string, LucideIcon> = new Map(
  (
    [
      ["activity monitor pulse 📈 📉", Activity],
      ["bot ai robot 🤖", Bot],
      ["calendar date 📅 📆 🗓", Calendar],
      ["chart bar-chart stats analytics 📊", ChartColumn],
      ["chat message messages 💬 🗨", MessageCircle],
      ["check tasks todo checklist ✅ ☑ ✔", CircleCheckBig],
      ["clipboard form survey steps 📋", ClipboardList],
      ["clock time history ⏰ 🕒", Clock],
      ["counter hash number 🔢", Hash],
      ["dashboard grid layout", LayoutDashboard],
      ["database data 🗄", Database],
      ["file document 📄", File],
      ["folder 📁 📂", Folder],
      ["globe web world 🌍 🌐", Globe],
      ["heart health ❤", Heart],
      ["list", List],
      ["mail email 📧 ✉", Mail],
      ["music 🎵 🎶", Music],
      ["note notes 📝 🗒", NotebookPen],
      ["package box inventory 📦", Package],
      ["radar signal 📡 📶", RadioTower],
      ["server servers 🖥", Server],
      ["settings gear ⚙", Settings],
      ["shop cart orders 🛒", ShoppingCart],
      ["star ⭐ 🌟", Star],
      ["table rows", Table],
      ["terminal console logs 💻", Terminal],
      ["ticket event 🎟 🎫", Ticket],
      ["timer stopwatch ⏱ ⏲", Timer],
      ["user person profile 👤", User],
      ["users people team contacts 👥", Users],
      ["wallet money budget 💰 💳", Wallet],
      ["writing pen edit ✍ ✏ 🖊", PenLine],
      ["zap bolt ⚡", Zap],
    ] as const
  ).flatMap(([names, icon]) => names.split(" ").map((name) => [name, icon] as const)),
);

const EMOJI_PRESENTATION = /\uFE0F/g;
const EMOJI = /^\p{Extended_Pictographic}/u;
const PIXELS = { small: 12, medium: 14, large: 18 };

interface PanelIconProps {
  readonly panel: Pick<PanelSummary, "id" | "title" | "icon">;
  readonly size: keyof typeof PIXELS;
}

export function PanelIcon({ panel, size }: PanelIconProps) {
  return (
    <span
      aria-hidden="true"
      className={classes(styles["tile"], styles[size])}
      style={{ "--hue": hueOf(panel.id) } as React.CSSProperties}
    >
      <Sign panel={panel} pixels={PIXELS[size]} />
    </span>
  );
}

function Sign({ panel, pixels }: { panel: PanelIconProps["panel"]; pixels: number }) {
  const name = (panel.icon ?? "").trim().toLowerCase().replaceAll(EMOJI_PRESENTATION, "");
  const Icon = ICONS.get(name);
  if (Icon !== undefined) return <Icon size={pixels} strokeWidth={2.2} />;
  if (EMOJI.test(name)) return <>{[...new Intl.Segmenter().segment(name)][0]?.segment}</>;
  return <>{titleOf(panel).slice(0, 1).toUpperCase()}</>;
}

/** A hue of the colour circle, always the same for the same id. */
function hueOf(id: string): number {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 997;
  return Math.round((hash / 997) * 360);
}

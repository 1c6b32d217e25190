/**
 * The sign of a panel: the icon it names, or its emoji, or the first letter of its title, on a
 * tint of its own that follows from its id.
 */
import {
  Activity,
  Bot,
  Calendar,
  ChartColumn,
  ChartLine,
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
  Server,
  Settings,
  ShoppingCart,
  Star,
  StickyNote,
  Table,
  Terminal,
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

const ICONS: Readonly<Record<string, LucideIcon>> = {
  activity: Activity, monitor: Activity, pulse: Activity,
  bot: Bot, ai: Bot, robot: Bot,
  calendar: Calendar, date: Calendar,
  chart: ChartColumn, "bar-chart": ChartColumn, stats: ChartColumn, analytics: ChartColumn,
  "line-chart": ChartLine, trend: ChartLine,
  check: CircleCheckBig, tasks: CircleCheckBig, todo: CircleCheckBig, checklist: CircleCheckBig,
  clipboard: ClipboardList, form: ClipboardList, survey: ClipboardList, steps: ClipboardList,
  clock: Clock, time: Clock, history: Clock,
  dashboard: LayoutDashboard, layout: LayoutDashboard, grid: LayoutDashboard,
  database: Database, data: Database,
  file: File, document: File,
  folder: Folder,
  globe: Globe, web: Globe, world: Globe,
  hash: Hash, counter: Hash, number: Hash,
  heart: Heart, health: Heart,
  list: List,
  mail: Mail, email: Mail,
  chat: MessageCircle, message: MessageCircle, messages: MessageCircle,
  music: Music,
  note: StickyNote, notes: StickyNote, "sticky-note": StickyNote,
  notebook: NotebookPen, edit: NotebookPen, pencil: NotebookPen,
  server: Server, servers: Server,
  settings: Settings, gear: Settings,
  shop: ShoppingCart, cart: ShoppingCart, orders: ShoppingCart,
  star: Star,
  table: Table, rows: Table, inventory: Table,
  terminal: Terminal, console: Terminal, logs: Terminal,
  timer: Timer, stopwatch: Timer,
  user: User, person: User, profile: User,
  users: Users, people: Users, team: Users, contacts: Users,
  wallet: Wallet, money: Wallet, budget: Wallet,
  zap: Zap, bolt: Zap,
};

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
  const name = panel.icon?.trim() ?? "";
  const Icon = ICONS[name.toLowerCase()] ?? ICONS[panel.id.toLowerCase()];
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

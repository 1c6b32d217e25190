/**
 * Everything a person can do from anywhere, as data: the palette lists it, the keyboard reaches
 * it, the help page explains it.
 */
import {
  Activity,
  AlignLeft,
  Code,
  Compass,
  Copy,
  FolderPlus,
  GitBranch,
  History,
  Keyboard,
  LayoutGrid,
  LogOut,
  type LucideIcon,
  Monitor,
  MousePointerClick,
  Moon,
  PanelsTopLeft,
  PencilLine,
  PilcrowLeft,
  PilcrowRight,
  Plus,
  Save,
  Search,
  Sun,
  Trash2,
  UserRound,
  UsersRound,
} from "lucide-react";

import { formatsOnSave, setFormatsOnSave } from "../source/formatting.ts";
import { setDirection } from "./direction.ts";
import { navigate, panelPlace, type Place } from "./router.ts";
import type { Studio } from "./studio.tsx";
import { setTheme } from "./theme.ts";

export interface Action {
  readonly id: string;
  readonly title: string;
  readonly icon: LucideIcon;
  readonly keys?: string;
  /** Whether only who may change panels can do it. */
  readonly writes?: true;
  run(): void;
}

/** What somebody may do here. */
export interface Standing {
  readonly hasAccount: boolean;
  readonly canWrite: boolean;
}

/** The actions that make sense at this place, for this person. */
export function actionsAt(place: Place, studio: Studio, { hasAccount, canWrite }: Standing): readonly Action[] {
  const all = [
    ...(place.name === "panel" ? panelActions(place, studio) : []),
    ...commonActions(studio),
    ...(hasAccount ? accountActions(studio) : []),
  ];
  return canWrite ? all : all.filter(({ writes }) => writes !== true);
}

type PanelPlace = Extract<Place, { name: "panel" }>;

function panelActions(place: PanelPlace, { dialog, drafts }: Studio): readonly Action[] {
  return [
    {
      id: "source",
      title: place.pane === "source" ? "Hide source" : "Show source",
      icon: Code,
      keys: "Mod+\\",
      run: () => navigate(panelPlace(place.id, place.pane === "source" ? null : "source")),
    },
    {
      id: "design",
      title: place.pane === "design" ? "Hide properties" : "Show properties",
      icon: MousePointerClick,
      keys: "Alt+D",
      run: () => navigate(panelPlace(place.id, place.pane === "design" ? null : "design")),
    },
    {
      id: "inspect",
      title: place.pane === "inspect" ? "Hide inspector" : "Show inspector",
      icon: Activity,
      keys: "Alt+I",
      run: () => navigate(panelPlace(place.id, place.pane === "inspect" ? null : "inspect")),
    },
    {
      id: "save",
      title: "Save source",
      writes: true,
      icon: Save,
      keys: "Mod+S",
      run: () => void drafts.find(place.id)?.save(),
    },
    {
      id: "format",
      title: "Format source",
      writes: true,
      icon: AlignLeft,
      keys: "Alt+F",
      run: () => void drafts.find(place.id)?.format(),
    },
    {
      id: "format-on-save",
      title: formatsOnSave.get() ? "Stop keeping sources formatted" : "Keep formatted sources so on save",
      writes: true,
      icon: AlignLeft,
      run: () => setFormatsOnSave(!formatsOnSave.get()),
    },
    {
      id: "rename",
      title: "Rename panel…",
      writes: true,
      icon: PencilLine,
      run: () => dialog.set({ kind: "rename", panelId: place.id }),
    },
    {
      id: "duplicate",
      title: "Duplicate panel…",
      writes: true,
      icon: Copy,
      run: () => dialog.set({ kind: "duplicate", panelId: place.id }),
    },
    {
      id: "delete",
      title: "Delete panel…",
      writes: true,
      icon: Trash2,
      run: () => dialog.set({ kind: "delete", panelId: place.id }),
    },
  ];
}

function commonActions({ dialog, tour }: Studio): readonly Action[] {
  return [
    {
      id: "new",
      title: "New panel…",
      writes: true,
      icon: Plus,
      keys: "Alt+N",
      run: () => dialog.set({ kind: "new" }),
    },
    { id: "home", title: "Go to all panels", icon: LayoutGrid, run: () => navigate({ name: "home" }) },
    {
      id: "canvas",
      title: "Go to the canvas",
      icon: PanelsTopLeft,
      keys: "Alt+C",
      run: () => navigate({ name: "canvas" }),
    },
    {
      id: "history",
      title: "Go to history and branches",
      icon: History,
      keys: "Alt+H",
      run: () => navigate({ name: "history" }),
    },
    { id: "branch", title: "New branch…", writes: true, icon: GitBranch, run: () => dialog.set({ kind: "branch" }) },
    {
      id: "palette",
      title: "Search panels and actions",
      icon: Search,
      keys: "Mod+K",
      run: () => dialog.set({ kind: "palette" }),
    },
    {
      id: "workspace",
      title: "New workspace…",
      icon: FolderPlus,
      run: () => dialog.set({ kind: "workspace" }),
    },
    { id: "light", title: "Use light theme", icon: Sun, run: () => setTheme("light") },
    { id: "dark", title: "Use dark theme", icon: Moon, run: () => setTheme("dark") },
    { id: "system", title: "Use system theme", icon: Monitor, run: () => setTheme("system") },
    { id: "ltr", title: "Lay out from left to right", icon: PilcrowRight, run: () => setDirection("ltr") },
    { id: "rtl", title: "Lay out from right to left", icon: PilcrowLeft, run: () => setDirection("rtl") },
    { id: "tour", title: "Take the tour", icon: Compass, run: () => tour.set({ at: "choose" }) },
    {
      id: "help",
      title: "Keyboard shortcuts",
      icon: Keyboard,
      keys: "?",
      run: () => dialog.set({ kind: "help" }),
    },
  ];
}

function accountActions({ dialog }: Studio): readonly Action[] {
  return [
    { id: "account", title: "Your account", icon: UserRound, run: () => navigate({ name: "account" }) },
    { id: "members", title: "Members", icon: UsersRound, run: () => navigate({ name: "members" }) },
    { id: "leave", title: "Log out", icon: LogOut, run: () => dialog.set({ kind: "leave" }) },
  ];
}

/** Times of a running panel, to the second. */
const FORM = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const WHOLE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

/** A moment, in seconds since 1970: the time alone where it was today. */
export function clock(seconds: number): string {
  const moment = new Date(seconds * 1000);
  const isToday = moment.toDateString() === new Date().toDateString();
  return (isToday ? FORM : WHOLE).format(moment);
}

/** A length of time in milliseconds. */
export const span = (milliseconds: number): string =>
  milliseconds < 1000 ? `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

/** An amount of memory. */
export const bytes = (count: number): string =>
  count < 1_000_000 ? `${Math.round(count / 1000)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;

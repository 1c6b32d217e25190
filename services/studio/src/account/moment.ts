/** Times as a person reads them. */
const FORM = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

/** A moment, in seconds since 1970. */
export const moment = (seconds: number): string => FORM.format(seconds * 1000);

/** The day of a moment, in seconds since 1970. */
export const day = (seconds: number): string => DAY.format(seconds * 1000);

/** The invitation in the address: it follows the `#`, so that no server is sent it. */
export const invitationHere = (): string => location.hash.slice(1);

/** Set when this very file runs from its TypeScript source (tests): the host then does too, by Node's own type stripping. */
const FROM_SOURCE = import.meta.url.endsWith('.ts');

/** What runs inside every host. */
export const HOST_ENTRY = new URL(FROM_SOURCE ? './executor-main.ts' : './executor-main.js', import.meta.url);

/** Node options a host needs to find the rooms of the project where this process finds them. */
export const HOST_EXEC_ARGV: readonly string[] = FROM_SOURCE ? ['--conditions=source'] : [];

/**
 * @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, peer?: boolean, extraneous?: boolean }} Entry
 */

/**
 * Whether every package the lock file wants is installed in that very version. Packages that npm may leave out
 * (those of other platforms, optional peers) may be missing, but not be there in another version.
 * @param {Record<string, Entry>} wanted `packages` of package-lock.json
 * @param {Record<string, Entry>} installed `packages` of npm's own record in node_modules
 */
export function matchesLock(wanted, installed) {
  return Object.entries(wanted).every(([folder, entry]) => {
    if (folder === '') return true; // The project itself.
    const found = installed[folder];
    return found ? found.version === entry.version : mayBeMissing(entry);
  });
}

const mayBeMissing = ({ optional, devOptional, peer, extraneous }) => Boolean(optional || devOptional || peer || extraneous);

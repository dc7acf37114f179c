// `npm run build`: everything that serves, and the type check of what is run from its sources.
import { build, compile } from './setup/build.mjs';
import { ensureDependencies, runScript } from './setup/ensure-ready.mjs';

await runScript(async () => {
  await ensureDependencies();
  await build();
  await compile();
  return 0;
});

import { parseArgs } from 'node:util';
import { AppError, nearestName } from '#common/errors';
import { bootstrap, engineUnit, openProcess, runProcess } from '#common/nest';
import type { CompiledPipeline, CompiledStage } from '#common/pipeline';
import { createStageWorker } from './index.ts';
import { readEnvironment } from './process.config.ts';

/** `npm run worker -- --pipeline P --stage S`: one member of a stage's group as a process of its own, on Kafka and Redis. */
await runProcess(async () => {
  const { pipeline: pipelineName, stage: stageName } = readArguments();
  const environment = readEnvironment();
  const opened = await openProcess({ role: `worker.${pipelineName}.${stageName}`, environment, isWhole: false });
  const { catalog, config, engine, log, name, random } = opened;
  try {
    const pipeline = catalog.find(pipelineName);
    const stage = findStage(pipeline, stageName);
    let fail = (_reason: Error): void => undefined;
    const failed = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const onState = (state: string, reason: string | undefined): void => {
      if (state === 'failed') fail(new AppError('EXECUTOR_LOAD_FAILED', `The worker of stage "${stageName}" failed: ${reason ?? 'no reason given'}. It starts anew when its process does.`));
    };
    const worker = await createStageWorker({ ...engine, random, log, pipeline, stage, workerId: name, prefix: config.prefix, environment, onState });
    const unit = { name: 'worker', start: () => worker.start(), drain: () => worker.drain(config.drainMs), stop: () => worker.stop() };
    const onReady = (): void => log.write('info', 'worker is ready', { pipeline: pipeline.name, version: pipeline.version, stage: stage.name });
    // A member that lost its place takes nothing any more: whoever runs the process starts it again.
    return await Promise.race([bootstrap({ units: [engineUnit(opened, [pipeline]), unit], log, process, onReady }), failed]);
  } catch (error) {
    await engine.close();
    throw error;
  }
});

function readArguments(): { readonly pipeline: string; readonly stage: string } {
  const { values } = parseArgs({ options: { pipeline: { type: 'string' }, stage: { type: 'string' } }, strict: false });
  const { pipeline, stage } = values;
  if (typeof pipeline === 'string' && typeof stage === 'string') return { pipeline, stage };
  throw new AppError('CONFIG_INVALID', 'A worker needs to know what it works for: npm run worker -- --pipeline <name> --stage <name>');
}

function findStage(pipeline: CompiledPipeline, name: string): CompiledStage {
  const stage = pipeline.stages.find((candidate) => candidate.name === name);
  if (stage !== undefined) return stage;
  const names = pipeline.stages.map((candidate) => candidate.name);
  const near = nearestName(name, names);
  throw new AppError('CONFIG_INVALID', `Pipeline "${pipeline.name}" has no stage "${name}".${near === undefined ? '' : ` Did you mean "${near}"?`} Its stages: ${names.join(', ')}.`);
}

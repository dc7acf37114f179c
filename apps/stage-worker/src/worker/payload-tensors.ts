import { isByReference } from '#common/envelope';
import type { Envelope, PartTensor } from '#common/envelope';
import type { CompiledStage } from '#common/pipeline';
import type { PayloadStore } from '#common/ports';

/** True when an input of the stage lies in the payload store. What only passes through stays there. */
export function needsPayloads(stage: CompiledStage, parts: readonly Envelope[]): boolean {
  for (const part of parts) {
    for (const tensor of part.tensors) {
      if (isByReference(tensor.tensor) && isInput(stage, tensor)) return true;
    }
  }
  return false;
}

/** The parts with the bytes of the stage's inputs in place. Rejects with PAYLOAD_LOST, PAYLOAD_CORRUPT or STORE_UNAVAILABLE. */
export function fetchPayloads(stage: CompiledStage, parts: readonly Envelope[], payloads: PayloadStore): Promise<readonly Envelope[]> {
  const fetched = async (named: PartTensor): Promise<PartTensor> => {
    const { tensor } = named;
    if (!isByReference(tensor) || !isInput(stage, named)) return named;
    return { ...named, tensor: { datatype: tensor.datatype, shape: tensor.shape, bytes: await payloads.get(tensor.ref) } };
  };
  return Promise.all(parts.map(async (part) => ({ ...part, tensors: await Promise.all(part.tensors.map(fetched)) })));
}

function isInput(stage: CompiledStage, tensor: PartTensor): boolean {
  return stage.inputs.some(({ from }) => from.stage === tensor.stage && from.tensor === tensor.name);
}

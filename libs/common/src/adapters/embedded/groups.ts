/** A member of a group as the assignment sees it: who, and what it reads. */
export interface GroupMember {
  readonly topics: readonly string[];
  /** Whether it still takes records; one that does not gets no partition. */
  readonly taking: boolean;
}

/** A partition to assign, and who has it now. */
export interface AssignablePartition<M extends GroupMember> {
  readonly topic: string;
  owner: M | undefined;
}

/**
 * Gives every partition to exactly one taking member that reads its topic, loads apart by at most one per topic where members read the same
 * topics, and moves as few partitions as that allows. Changes `owner` in place; partitions nobody may have end without an owner.
 */
export function assignPartitions<M extends GroupMember>(partitions: readonly AssignablePartition<M>[], members: readonly M[]): void {
  const load = new Map<M, number>(members.filter((member) => member.taking).map((member) => [member, 0]));
  for (const topic of new Set(partitions.map((partition) => partition.topic))) {
    const readers = [...load.keys()].filter((member) => member.topics.includes(topic));
    assignTopic(
      partitions.filter((partition) => partition.topic === topic),
      readers,
      load,
    );
  }
}

function assignTopic<M extends GroupMember>(partitions: readonly AssignablePartition<M>[], readers: readonly M[], load: Map<M, number>): void {
  // The members with the least from other topics get the larger shares.
  const byLoad = readers.toSorted((a, b) => (load.get(a) ?? 0) - (load.get(b) ?? 0));
  const share = Math.floor(partitions.length / Math.max(1, readers.length));
  const larger = partitions.length - share * readers.length;
  const room = new Map(byLoad.map((member, rank) => [member, share + (rank < larger ? 1 : 0)]));
  for (const partition of partitions) {
    const left = partition.owner === undefined ? 0 : (room.get(partition.owner) ?? 0);
    if (partition.owner === undefined || left === 0) partition.owner = undefined;
    else room.set(partition.owner, left - 1);
  }
  for (const partition of partitions) {
    if (partition.owner !== undefined) continue;
    const member = byLoad.find((candidate) => (room.get(candidate) ?? 0) > 0);
    if (member === undefined) continue;
    partition.owner = member;
    room.set(member, (room.get(member) ?? 0) - 1);
  }
  for (const partition of partitions) if (partition.owner !== undefined) load.set(partition.owner, (load.get(partition.owner) ?? 0) + 1);
}

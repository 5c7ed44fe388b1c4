/** What makes the host wait for the device besides reads of single values. */

/** Calls after which nothing is left in the queue, and which something needs. */
export const waitingFunction =
  /^torch\.cuda\.(synchronize|current_stream\.synchronize)$|^torchvision\.utils\.save_image$/;

/** Methods that look at values on the host while they work: each token that is generated, or decoded. */
export const waitingMethod = /^(generate|batch_decode)$/;

/** Calls that end with an empty queue, until new work is given. NCCL's barrier waits for its stream. */
export const settlingFunction =
  /^torch\.distributed\.(barrier|monitored_barrier)$|^horovod\.torch\.(allreduce|allgather|broadcast|barrier)$/;

/** Accelerate's meeting of all processes; nothing where only one runs. */
export const settlingMethod = /^wait_for_everyone$/;

/** How large the result is depends on the values, and the host has to know: of their first argument, or of their object. */
export const countedFunction = /^torch\.(nonzero|argwhere|masked_select|unique|unique_consecutive)$/;
export const countedMethod = /^(nonzero|argwhere|masked_select|unique|unique_consecutive)$/;

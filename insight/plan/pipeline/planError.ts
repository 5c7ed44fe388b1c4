/** A profile or a wish that no plan can be made of. The text says what is wrong; and what to do. */
export class PlanError extends Error {
  override readonly name = 'PlanError';
}

/** The chosen SKUs live as long as the tab, so that the link of the navigation comes back to them. */
const STORED_AT = 'holdfast.sale';

export const keepChosen = (skus: readonly string[]): void => sessionStorage.setItem(STORED_AT, JSON.stringify(skus));

/** Returns the SKUs that were chosen last in this tab. */
export function chosenSkus(): string[] {
  const stored: unknown = JSON.parse(sessionStorage.getItem(STORED_AT) ?? '[]');
  return Array.isArray(stored) ? stored.filter((each) => typeof each === 'string') : [];
}

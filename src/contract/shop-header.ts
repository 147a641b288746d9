/** The header that names the shop of a request, where a process serves several. */
export const SHOP_HEADER = 'x-holdfast-shop';

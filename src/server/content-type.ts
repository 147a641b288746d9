/** `application/json`, in UTF-8 where a charset is named at all. */
export const isJson = (contentType: string): boolean =>
  /^application\/json\s*(;\s*charset=("?)utf-?8\2\s*)?;?\s*$/i.test(contentType.trim());

/** Replaces what differs between shops: generated ids and secrets, and numbers that count sweeps. */
export const comparable = (text: string): string =>
  text
    .replaceAll(/\b(hld|ord|res|trf|whk|key)_[\w-]{19}/g, '$1')
    .replaceAll(/\bhf_live_[\w-]{43}/g, 'hf_live')
    .replaceAll(/\bses_[\w-]{22}(?:\.[\w-]+)+","expiresAt":\d+,"subject":"[\w-]{22}/g, 'ses","expiresAt')
    .replaceAll(/whsec_[\w+/=]+/g, 'whsec')
    .replaceAll(/("scopes":\[[^\]]*\]),"at":\d+/g, '$1,"at"')
    .replaceAll(/(?:"at":\d+,)?"until":\d+/g, '"until"')
    .replaceAll(/"requestId":"req_[^"]+"/g, '"requestId"')
    .replaceAll(/"version":\d+/g, '"version"')
    .replaceAll(/"movementId":"[^"]+"/g, '"movementId"')
    .replaceAll(/"nextCursor":"[^"]+"/g, '"nextCursor"');

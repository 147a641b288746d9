import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { metaOf } from '../../src/server/settings/setting-kinds.ts';
import { CONFIG_SCHEMA } from '../../src/server/settings/settings-table.ts';

const SCHEMA = join(import.meta.dirname, '../../deploy/helm/holdfast/values.schema.json');

interface ValuesSchema {
  properties: { settings: { propertyNames: { allOf: { not?: { enum: string[] } }[] } } };
}

test('the Helm chart refuses every secret setting among its values', () => {
  const { properties } = JSON.parse(readFileSync(SCHEMA, 'utf8')) as ValuesSchema;
  const refused = properties.settings.propertyNames.allOf.flatMap(({ not }) => not?.enum ?? []);
  const secrets = Object.entries(CONFIG_SCHEMA.shape).flatMap(([name, schema]) =>
    metaOf(schema).isSecret ? [name] : [],
  );
  expect(refused).toEqual(expect.arrayContaining(secrets));
  expect(secrets).toContain('OPERATOR_KEY');
});

import type { CommitMarker } from './commit/commit-marker.ts';
import type { DataDirectory, OpenedFiles } from './data-directory.ts';
import type { EmbeddedTime } from './embedded-time.ts';
import type { GroupCommit } from './commit/group-commit.ts';
import type { Tables } from './tables/tables.ts';

/** The parts of an embedded store whose data is open. */
export interface EngineParts {
  shop: string;
  dir: string;
  tables: Tables;
  commits: GroupCommit;
  marker: CommitMarker;
  directory: DataDirectory;
  files: OpenedFiles;
  time: EmbeddedTime;
  warn: (line: string) => void;
}

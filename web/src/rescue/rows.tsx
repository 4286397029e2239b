import { Button, Group, Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { MountTable } from '../api/types';
import { count } from '../format';
import { t } from '../text';
import { m } from '../text/mounts';
import { ErrorBox, RowSkeletons } from '../ui/bits';
import { rowsAtOnce, rowsQuery } from './queries';
import { CsvButton } from './tables';

// What a table of the backup holds, so many rows at a time.
export function Rows({ mountId, table, onClose }: { mountId: string; table: MountTable; onClose: () => void }) {
  const [offset, setOffset] = useState(0);
  const found = useQuery(rowsQuery(mountId, table.name, offset));
  const rows = found.data?.rows ?? [];
  const title = m.tables.rowsTitle(table.name);
  const all = table.is_exact ? count(table.rows) : m.tables.about(count(table.rows));
  return (
    <Modal opened onClose={onClose} title={title} size="90%">
      <ErrorBox error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending && <RowSkeletons />}
      {found.data && rows.length === 0 && offset === 0 && <p className="quiet">{m.tables.noRows}</p>}
      {rows.length > 0 && (
        <div className="scrolls rows-box" tabIndex={0} role="region" aria-label={title} aria-busy={found.isPlaceholderData}>
          <table className="rows-table">
            <thead>
              <tr>
                {found.data!.columns.map((one) => (
                  <th key={one} scope="col">
                    {one}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                <tr key={index}>
                  {row.map((value, column) => (
                    <td key={column}>{value === null ? <span className="quiet">–</span> : <span className="value">{value}</span>}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <Group justify="space-between" className="dialog-foot">
        <span className="quiet numbers" role="status">
          {rows.length > 0 && !found.isPlaceholderData && m.tables.range(count(offset + 1), count(offset + rows.length), all)}
        </span>
        <Group gap="xs">
          <CsvButton mountId={mountId} table={table.name} />
          <Button variant="default" disabled={offset === 0 || found.isPlaceholderData} onClick={() => setOffset(offset - rowsAtOnce)}>
            {m.tables.earlier}
          </Button>
          <Button variant="default" disabled={rows.length < rowsAtOnce || found.isPlaceholderData} onClick={() => setOffset(offset + rowsAtOnce)}>
            {m.tables.later}
          </Button>
          <Button onClick={onClose}>{t.words.close}</Button>
        </Group>
      </Group>
      {rows.length > 0 && <p className="quiet above">{m.tables.cut}</p>}
    </Modal>
  );
}

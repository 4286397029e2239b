import { ActionIcon, Menu } from '@mantine/core';
import type { ReactNode } from 'react';
import { t } from '../text';
import { Icon } from './icons';

export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  kind?: 'main' | 'number' | 'actions';
}

// A table whose rows become cards on a narrow screen. The roles stay what they are whatever the style makes of them.
export function Table<Row>({ label, columns, rows, keyOf }: { label: string; columns: Column<Row>[]; rows: Row[]; keyOf: (row: Row) => string }) {
  return (
    <div className="table-box">
      <table className="table" role="table" aria-label={label}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((one) => (
              <th key={one.title} role="columnheader" scope="col" className={one.kind && `kind-${one.kind}`}>
                {one.kind === 'actions' ? <span className="visually-hidden">{one.title}</span> : one.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map((one) => (
                <td key={one.title} role="cell" data-title={one.kind ? undefined : one.title} className={one.kind && `kind-${one.kind}`}>
                  {one.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export interface Action {
  label: string;
  run: () => void;
  danger?: boolean;
}

// What may be done with one row; nothing at all when there is nothing.
export function RowMenu({ name, actions }: { name: string; actions: (Action | false | null | undefined)[] }) {
  const offered = actions.filter((one): one is Action => !!one);
  if (offered.length === 0) return null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`${t.words.more}: ${name}`}>
          <Icon name="more" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {offered.map((one) => (
          <Menu.Item key={one.label} color={one.danger ? 'red' : undefined} onClick={one.run}>
            {one.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { organizationsQuery } from '../api/places';
import { t } from '../text';

const key = 'reprise.organization';

// Which organization a place is about: the one that was looked at last. A choice is offered only where there is one.
export function useOrganization() {
  const found = useQuery(organizationsQuery);
  const [chosen, setChosen] = useState(() => sessionStorage.getItem(key));
  const all = found.data ?? [];
  const one = all.find((each) => each.id === chosen) ?? all[0];
  const choose = (id: string) => {
    sessionStorage.setItem(key, id);
    setChosen(id);
  };
  const choice = all.length > 1 && one && (
    <Select aria-label={t.people.organization} data={all.map((each) => ({ value: each.id, label: each.name }))} value={one.id} allowDeselect={false} onChange={(id) => id && choose(id)} />
  );
  return { organization: one, choice, choose, error: found.error, isNone: found.data?.length === 0 };
}

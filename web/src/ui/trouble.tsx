import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { ApiError } from '../api/client';
import { t } from '../text';
import { Empty, ErrorBox } from './bits';

// What stands in a page's place when it cannot be shown. Nothing there, and nothing that one may see, look the same.
export function Trouble({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  if (!(error instanceof ApiError) || error.status !== 404) return <ErrorBox error={error} onRetry={onRetry} />;
  return (
    <div role="alert">
      <Empty icon="search" title={t.errors.notFound} text={t.errors.notFoundHint}>
        <Button variant="default" component={Link} to="/">
          {t.nav.home}
        </Button>
      </Empty>
    </div>
  );
}

import { ApiError } from '../api/client';
import { ErrorBox } from '../ui/bits';

export function NotFound() {
  return <ErrorBox error={new ApiError(404, 'not_found', '')} />;
}

import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react';
import { ApiError } from '../api/client';
import { t } from '../text';
import { ErrorBox } from './bits';

interface Wish<T, R> {
  first: T;
  send: (values: T) => Promise<R>;
  onDone: (answer: R) => void;
}

// The values of a form, and what the API found wrong with each of them. `at` names a field as the API does: a JSON
// pointer into the body. What it faults and no input of the form shows is left to <Form>.
export function useForm<T extends object, R>({ first, send, onDone }: Wish<T, R>) {
  const [values, setValues] = useState(first);
  const shown = useRef(new Set<string>());
  const form = useRef<HTMLFormElement>(null);
  const work = useMutation({
    mutationFn: () => send(values),
    onSuccess: onDone,
  });
  useEffect(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(), [work.error]);
  const refused = work.error instanceof ApiError ? work.error : null;
  const faults = refused?.code === 'name_taken' ? [{ field: '/name', message: refused.message }] : (refused?.faults ?? []);
  const change = (some: Partial<T>) => setValues((old) => ({ ...old, ...some }));
  const fault = (at: string) => {
    shown.current.add(at);
    const message = faults.find((one) => one.field === at)?.message;
    return message && message[0]!.toUpperCase() + message.slice(1);
  };
  return {
    values,
    change,
    fault,
    form,
    busy: work.isPending,
    error: faults.length > 0 && faults.every((one) => shown.current.has(one.field)) ? null : work.error,
    submit: (event: FormEvent) => {
      event.preventDefault();
      if (!work.isPending) work.mutate();
    },
    // For an input whose value is text.
    text: (key: { [K in keyof T]: T[K] extends string ? K : never }[keyof T] & string, at = `/${key}`) => ({
      value: values[key] as string,
      error: fault(at),
      onChange: (event: { currentTarget: { value: string } }) => change({ [key]: event.currentTarget.value } as Partial<T>),
    }),
  };
}

type Handle = Pick<ReturnType<typeof useForm<object, unknown>>, 'form' | 'error' | 'busy' | 'submit'>;

interface FormProps {
  handle: Handle;
  action: string;
  children: ReactNode;
  cannot?: boolean; // there is nothing that could be sent
}

export function Form({ handle, action, children, onCancel, cannot }: FormProps & { onCancel?: () => void }) {
  return (
    <form ref={handle.form} onSubmit={handle.submit}>
      <Stack>
        {children}
        <ErrorBox error={handle.error} />
        <Group justify="flex-end" gap="xs">
          {onCancel && (
            <Button variant="default" onClick={onCancel}>
              {t.words.cancel}
            </Button>
          )}
          <Button type="submit" loading={handle.busy} disabled={cannot}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

// A form of one line, such as one that adds to a list.
export function InlineForm({ handle, action, children }: { handle: Handle; action: string; children: ReactNode }) {
  return (
    <form ref={handle.form} onSubmit={handle.submit}>
      <div className="inline-form">
        {children}
        <Button type="submit" variant="default" loading={handle.busy}>
          {action}
        </Button>
      </div>
      <ErrorBox error={handle.error} />
    </form>
  );
}

// A form in a dialog.
export function FormDialog(props: FormProps & { title: string; intro?: ReactNode; onClose: () => void; size?: string }) {
  return (
    <Modal opened onClose={props.onClose} title={props.title} size={props.size}>
      <Form handle={props.handle} action={props.action} cannot={props.cannot} onCancel={props.onClose}>
        {props.intro && (
          <Text size="sm" c="dimmed">
            {props.intro}
          </Text>
        )}
        {props.children}
      </Form>
    </Modal>
  );
}

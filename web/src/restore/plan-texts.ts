import type { PlanCheck, RestorePlan } from '../api/types';
import { count } from '../format';
import { t } from '../text';

// "312 messages, 14 sales orders and 3 invoices": the kinds of which most is lost first, no more than `most` of them.
export function listOf(losses: RestorePlan['losses'], most = 4): string {
  const kinds = losses.models
    .filter((one) => (one.created ?? 0) > 0)
    .sort((a, b) => (b.created ?? 0) - (a.created ?? 0))
    .slice(0, most)
    .map((one) => `${count(one.created ?? 0)} ${t.restore.models[one.model] ?? one.label}`);
  const last = kinds.pop();
  return kinds.length === 0 ? (last ?? '') : t.restore.and(kinds.join(', '), last ?? '');
}

// What is lost, as one reads it; empty where nothing is replaced.
export function lossSentences(plan: RestorePlan): string[] {
  const { losses } = plan;
  const list = listOf(losses);
  const target = plan.target_environment_name;
  if (losses.basis === 'nothing') return [];
  if (losses.basis === 'unknown') return [t.restore.planLossUnknown];
  if (losses.basis === 'everything') return [list ? t.restore.planReplaced(target, list) : t.restore.planReplacedAll(target)];
  const sentences: string[] = [];
  if (list) sentences.push(t.restore.planLoss(list));
  if (losses.records_changed > 0) sentences.push(t.restore.planChanged(count(losses.records_changed)));
  if (sentences.length === 0) sentences.push(losses.complete ? t.restore.planNoLoss : t.restore.planLossUnknown);
  return sentences;
}

export interface VolumeRoom {
  holds: string;
  needed: number;
  free: number;
}

// Out of the check `space`: one volume can hold several things.
export function volumesOf(checks: PlanCheck[]): VolumeRoom[] {
  const details = checks.find((one) => one.name === 'space')?.details as { volumes?: { holds: string; needed_bytes: number; free_bytes: number; reserved_bytes?: number }[] } | undefined;
  return (details?.volumes ?? []).map((one) => ({ holds: one.holds, needed: one.needed_bytes, free: Math.max(0, one.free_bytes - (one.reserved_bytes ?? 0)) }));
}

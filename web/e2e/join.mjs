// Joins two sockets: what one says goes to the other, and one does not outlive the other.
export function join(near, far) {
  for (const [one, other] of [[near, far], [far, near]]) {
    one.pipe(other);
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}

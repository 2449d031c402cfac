namespace Michi.CityOs.Storage;

/// <summary>The bodies of entities lately read or written, bounded by bytes.</summary>
/// <remarks>
/// Never older than what was committed: a reader that fetched a body while it was being changed cannot put it in, because the stripe's stamp has moved on.
/// Thread-safe; a look costs one short lock on one of 64 stripes.
/// </remarks>
internal sealed class EntityCache(long bytes)
{
    private const int Stripes = 64;

    /// <summary>What an entry costs beside its body and id.</summary>
    private const int Overhead = 160;

    private readonly Stripe[] _stripes = [.. Enumerable.Range(0, Stripes).Select(_ => new Stripe(bytes / Stripes))];

    public bool TryGet(string tenant, string id, out long key, out byte[]? body, out long stamp) => StripeOf(tenant, id).TryGet((tenant, id), out key, out body, out stamp);

    /// <summary>Keeps what was read, unless something of the stripe was changed since its stamp was taken.</summary>
    public void Offer(string tenant, string id, long key, byte[]? body, long stamp) => StripeOf(tenant, id).Put((tenant, id), key, body, stamp);

    /// <summary>Keeps what was committed; null for an entity that is no more.</summary>
    public void Commit(string tenant, string id, long key, byte[]? body) => StripeOf(tenant, id).Put((tenant, id), key, body, null);

    private Stripe StripeOf(string tenant, string id) => _stripes[(HashCode.Combine(tenant, id) & int.MaxValue) % Stripes];

    private sealed class Stripe(long most)
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<(string, string), LinkedListNode<Entry>> _entries = [];
        private readonly LinkedList<Entry> _order = [];
        private long _size, _stamp;

        public bool TryGet((string, string) id, out long key, out byte[]? body, out long stamp)
        {
            lock (_lock)
            {
                stamp = _stamp;
                (key, body) = (0, null);
                if (!_entries.TryGetValue(id, out var node)) return false;
                (key, body) = (node.Value.Key, node.Value.Body);
                if (!ReferenceEquals(_order.First, node))
                {
                    _order.Remove(node);
                    _order.AddFirst(node);
                }
                return true;
            }
        }

        public void Put((string, string) id, long key, byte[]? body, long? stamp)
        {
            lock (_lock)
            {
                if (stamp is { } read && read != _stamp) return;
                if (stamp is null) _stamp++;
                if (_entries.Remove(id, out var old))
                {
                    _order.Remove(old);
                    _size -= SizeOf(old.Value);
                }
                _entries[id] = _order.AddFirst(new Entry(id, key, body));
                _size += SizeOf(_order.First!.Value);
                while (_size > most && _order.Last is { } last)
                {
                    _order.RemoveLast();
                    _entries.Remove(last.Value.Id);
                    _size -= SizeOf(last.Value);
                }
            }
        }

        private static long SizeOf(Entry entry) => Overhead + 2 * entry.Id.Id.Length + (entry.Body?.Length ?? 0);
    }

    /// <param name="Key">Of the entity in the tables; 0 where there is none.</param>
    private sealed record Entry((string Tenant, string Id) Id, long Key, byte[]? Body);
}

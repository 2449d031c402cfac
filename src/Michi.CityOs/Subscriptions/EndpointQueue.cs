using Michi.CityOs.Entities;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Subscriptions;

/// <summary>One thing to tell a subscription.</summary>
/// <param name="Sequence">Of the change to tell of; for one by the clock, of the last change before.</param>
/// <param name="IsByClock">Whether all matching entities are to be told, not a change.</param>
/// <param name="Change">Null where it is read again when its turn comes, so that long queues need no memory.</param>
/// <param name="Told">Entities of elsewhere that are to be told; null where they are of this broker.</param>
internal readonly record struct Delivery(string Tenant, string Id, long Sequence, bool IsByClock, StoredChange? Change, EntitiesElsewhere? Told = null);

/// <summary>Entities a context source notified of, for one subscription.</summary>
/// <param name="DeletedAt">Null where they are there.</param>
internal sealed record EntitiesElsewhere(IReadOnlyList<Entity> Entities, DateTimeOffset? DeletedAt)
{
    /// <summary>Tells it apart from others, and is the same whenever it is told; the document that keeps it is named after the subscription and this.</summary>
    public Guid Id { get; init; } = Guid.NewGuid();

    /// <summary>Body of the document: the time in microseconds (0 for none), then entities as <see cref="EntityCodec"/> writes them, each after its length; little-endian.</summary>
    public byte[] Write()
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        writer.Write(DeletedAt is { } at ? EntityCodec.Microseconds(at) : 0);
        foreach (var entity in Entities)
        {
            var bytes = EntityCodec.Write(entity);
            writer.Write(bytes.Length);
            writer.Write(bytes);
        }
        writer.Flush();
        return buffer.ToArray();
    }

    public static EntitiesElsewhere Read(Guid id, byte[] body)
    {
        using var reader = new BinaryReader(new MemoryStream(body));
        var deletedAt = reader.ReadInt64();
        List<Entity> entities = [];
        while (reader.BaseStream.Position < body.Length) entities.Add(EntityCodec.Read(reader.ReadBytes(reader.ReadInt32())));
        return new(entities, deletedAt == 0 ? null : EntityCodec.Time(deletedAt)) { Id = id };
    }
}

/// <summary>What waits to be sent to one endpoint, in order; each endpoint goes its own pace.</summary>
/// <param name="deliver">Sends one, and ends when nothing more is to be done about it; false where it was broken off.</param>
internal sealed class EndpointQueue(Func<EndpointQueue, Delivery, Task<bool>> deliver)
{
    /// <summary>What waits at most; then the oldest is given up.</summary>
    public const int Most = 100_000;

    /// <summary>So many keep the change they tell of.</summary>
    private const int MostWithChange = 16;

    private readonly Lock _lock = new();
    private readonly Queue<Delivery> _waiting = [];
    private Delivery? _current;
    private Task _work = Task.CompletedTask;
    private bool _isStopped, _isRetired;
    private long _lost;

    /// <summary>When the endpoint failed last; null while it works.</summary>
    public DateTimeOffset? FailedAt { get; set; }

    /// <summary>How many were given up since the last question because too many waited.</summary>
    public long TakeLost()
    {
        lock (_lock)
        {
            var lost = _lost;
            _lost = 0;
            return lost;
        }
    }

    /// <summary>How many wait.</summary>
    public int Count
    {
        get { lock (_lock) return _waiting.Count; }
    }

    /// <summary>Sequence of the first that is not done; null where all are.</summary>
    public long? First
    {
        get
        {
            lock (_lock) return _current?.Sequence ?? (_waiting.TryPeek(out var next) ? next.Sequence : null);
        }
    }

    /// <summary>Adds to a count by subscription what is not done.</summary>
    public void CountBySubscription(Dictionary<string, int> waiting)
    {
        lock (_lock)
        {
            if (_current is { } current) Add(current);
            foreach (var delivery in _waiting) Add(delivery);
        }

        void Add(Delivery delivery) => waiting[delivery.Id] = waiting.GetValueOrDefault(delivery.Id) + 1;
    }

    /// <returns>False where the queue was given up: another has to be made.</returns>
    public bool Add(Delivery delivery)
    {
        lock (_lock)
        {
            if (_isRetired) return false;
            if (_isStopped) return true;
            if (_waiting.Count == Most)
            {
                _waiting.Dequeue();
                _lost++;
            }
            _waiting.Enqueue(_waiting.Count < MostWithChange ? delivery : delivery with { Change = null });
            if (_current is not null) return true;
            _current = _waiting.Dequeue();
            _work = Task.Run(WorkAsync);
            return true;
        }
    }

    /// <summary>Gives the queue up, if nothing waits in it.</summary>
    public bool TryRetire()
    {
        lock (_lock) return _isRetired = _current is null && _waiting.Count == 0;
    }

    /// <summary>Takes nothing more; ends when the one under way is done.</summary>
    public Task StopAsync()
    {
        lock (_lock)
        {
            _isStopped = true;
            return _work;
        }
    }

    private async Task WorkAsync()
    {
        while (true)
        {
            var isDone = await deliver(this, _current!.Value);
            lock (_lock)
            {
                if (!isDone) return;
                if (_isStopped || !_waiting.TryDequeue(out var next))
                {
                    _current = null;
                    return;
                }
                _current = next;
            }
        }
    }
}

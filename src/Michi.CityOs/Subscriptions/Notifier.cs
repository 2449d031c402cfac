using System.Collections.Concurrent;
using System.Threading.Channels;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Michi.CityOs.Subscriptions;

/// <summary>Tells subscribers of what changes (clause 5.8.6): follows the log of changes, finds whom each concerns, and hands it to the queue of its endpoint.</summary>
/// <remarks>
/// Every match is sent at least once and, for one subscription, in the order of the changes. The position in the log moves when all before it is done; each
/// subscription remembers besides how far it has come. Both are written every second, so a crash repeats at most what was sent in that time, under the same
/// ids. What an endpoint that cannot be reached is owed waits an hour at most; a refusal is final at once, no answer after three tries. What context sources notify
/// of is kept as a document until it is told: so it can come in through any node, and outlives that and the one that tells.
/// </remarks>
internal sealed class Notifier(ICityStore store, SubscriptionBook book, NotificationWriter writer, NotificationSender sender, TimeProvider clock, ILogger<Notifier> log) : BackgroundService
{
    private const string Reader = "subscriptions";

    private const int Portion = 500;

    /// <summary>Entities in one notification by the clock; more make several.</summary>
    private const int MostEntities = 1_000;

    private const int MostTries = 3;

    /// <summary>Notifications of context sources that came in through this node and wait for one subscription.</summary>
    private const int MostElsewhere = 1_000;

    private static readonly TimeSpan KeepEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestTry = TimeSpan.FromHours(1);

    /// <summary>How long what is under way may take when the program ends.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Tenant, string Address), EndpointQueue> _queues = [];
    private readonly Dictionary<(string Tenant, string Id), DateTimeOffset> _due = [];

    /// <summary>Documents of notifications of context sources that are to be read, while this node tells.</summary>
    private readonly Channel<(string Tenant, string Id)> _arrived = Channel.CreateUnbounded<(string, string)>();

    /// <summary>Those that are read and not yet told.</summary>
    private readonly HashSet<(string Tenant, string Id)> _taken = [];

    /// <summary>Those that came in through this node and are not yet told, by subscription.</summary>
    private readonly Dictionary<(string Tenant, string Subscription), HashSet<string>> _waiting = [];
    private CancellationTokenSource _breakOff = new();
    private long _read, _moved;
    private volatile bool _tells;

    /// <summary>How many notifications wait for each subscription of a tenant, the one under way included.</summary>
    public IReadOnlyDictionary<string, int> Waiting(string tenant)
    {
        Dictionary<string, int> waiting = new(StringComparer.Ordinal);
        foreach (var ((of, _), queue) in _queues)
            if (of == tenant) queue.CountBySubscription(waiting);
        return waiting;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        store.DocumentChanged += (kind, tenant, id) =>
        {
            // One of this node is gone, because another has told it; or one of another is there.
            if (kind == DocumentKind.SourceNotification && !IsToldOf(tenant, id) && _tells) _arrived.Writer.TryWrite((tenant, id));
        };
        // From the first start on no change is passed over, whichever node is to tell of it.
        await TryAsync(() => store.OpenReaderAsync(Reader, stoppingToken), stoppingToken);
        await store.HoldAsync(Reader, NotifyAsync, stoppingToken);
    }

    /// <summary>Notifies as the only one who does, from where the one before has come to.</summary>
    private async Task NotifyAsync(CancellationToken stop)
    {
        using var breakOff = _breakOff = new();
        await TryAsync(async () =>
        {
            await book.LoadAsync(stop);
            _read = _moved = await store.OpenReaderAsync(Reader, stop);
            _tells = true;
            foreach (var tenant in (await store.TenantsAsync(stop)).Append(""))
                foreach (var (id, body) in await store.ListDocumentsAsync(DocumentKind.SourceNotification, tenant, stop)) await TakeAsync(tenant, id, body);
        }, stop);
        await Task.WhenAll(RepeatAsync(MatchAsync, TimeSpan.Zero, stop), RepeatAsync(TakeAsync, TimeSpan.Zero, stop), RepeatAsync(TickAsync, TickEvery, stop), RepeatAsync(KeepAsync, KeepEvery, stop));

        var ended = Task.WhenAll(_queues.Values.Select(q => q.StopAsync()));
        await Task.WhenAny(ended, Task.Delay(Grace, clock, CancellationToken.None));
        await breakOff.CancelAsync();
        await ended;
        await TryAsync(() => KeepAsync(CancellationToken.None), new CancellationToken(canceled: true));
        // Another node may be the next, and this one again after it.
        _tells = false;
        while (_arrived.Reader.TryRead(out _))
        {
            // The next one reads them.
        }
        _taken.Clear();
        book.Forget();
        _queues.Clear();
        _due.Clear();
    }

    /// <summary>Tells a subscription of what a context source notified of (clause 5.8.6): keeps it, for the node that tells.</summary>
    /// <returns>False where so much waits already that the source should try again.</returns>
    public async Task<bool> TellAsync(Subscription subscription, EntitiesElsewhere told, CancellationToken cancel)
    {
        var (tenant, id, key) = (subscription.Tenant, DocumentOf(subscription.Id, told), (subscription.Tenant, subscription.Id));
        lock (_waiting)
        {
            if (!_waiting.TryGetValue(key, out var waiting)) _waiting[key] = waiting = [];
            if (waiting.Count >= MostElsewhere) return false;
            waiting.Add(id);
        }
        try
        {
            await store.WriteDocumentAsync(DocumentKind.SourceNotification, tenant, id, _ => told.Write(), cancel);
        }
        catch
        {
            IsToldOf(tenant, id);
            throw;
        }
        if (_tells) _arrived.Writer.TryWrite((tenant, id));
        return true;
    }

    private static string DocumentOf(string subscription, EntitiesElsewhere told) => $"{subscription} {told.Id:N}";

    /// <summary>Whether one was waited for that came in through this node; it is no more.</summary>
    private bool IsToldOf(string tenant, string id)
    {
        var key = (tenant, id[..id.LastIndexOf(' ')]);
        lock (_waiting)
        {
            if (!_waiting.TryGetValue(key, out var waiting) || !waiting.Remove(id)) return false;
            if (waiting.Count == 0) _waiting.Remove(key);
            return true;
        }
    }

    /// <summary>Waits for the next notification of a context source.</summary>
    private async Task TakeAsync(CancellationToken cancel)
    {
        var (tenant, id) = await _arrived.Reader.ReadAsync(cancel);
        try
        {
            // Who subscribed before it came in is known from here on.
            await book.FollowAsync(cancel);
            if (await store.FindDocumentAsync(DocumentKind.SourceNotification, tenant, id, cancel) is { } body) await TakeAsync(tenant, id, body);
        }
        catch
        {
            _arrived.Writer.TryWrite((tenant, id));
            throw;
        }
    }

    /// <summary>Tells what a document keeps.</summary>
    private async Task TakeAsync(string tenant, string id, byte[] body)
    {
        lock (_taken)
            if (!_taken.Add((tenant, id))) return;
        var at = id.LastIndexOf(' ');
        if (book.Find(tenant, id[..at]) is { } subscription)
            Add(subscription, new(tenant, subscription.Id, Volatile.Read(ref _read), IsByClock: false, null, EntitiesElsewhere.Read(Guid.ParseExact(id.AsSpan(at + 1), "N"), body)));
        else await DropAsync(tenant, id);
    }

    /// <summary>Takes away what is told, or given up.</summary>
    private async Task DropAsync(string tenant, string id)
    {
        await store.WriteDocumentAsync(DocumentKind.SourceNotification, tenant, id, _ => null, CancellationToken.None);
        IsToldOf(tenant, id);
        lock (_taken) _taken.Remove((tenant, id));
    }

    /// <summary>Does something again and again until the program ends, whatever faults there are.</summary>
    private async Task RepeatAsync(Func<CancellationToken, Task> act, TimeSpan every, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await TryAsync(() => act(stop), stop);
            if (every > TimeSpan.Zero) await Task.Delay(every, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Does something until it succeeds, or the program ends.</summary>
    private async Task TryAsync(Func<Task> act, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await act();
                return;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            // The store may be full or away for a while: nothing is lost as long as the log of changes is there.
            catch (Exception fault)
            {
                Log.NotifyingFailed(log, fault);
                if (stop.IsCancellationRequested) return;
                await Task.Delay(TimeSpan.FromSeconds(1), clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Reads the next changes and finds whom they concern.</summary>
    private async Task MatchAsync(CancellationToken cancel)
    {
        await store.WaitForChangeAsync(_read, cancel);
        var last = await store.LastChangeAsync(cancel);
        // Who subscribed before the last change is known from here on.
        await book.FollowAsync(cancel);
        if (book.IsEmpty)
        {
            Volatile.Write(ref _read, last);
            return;
        }
        var changes = await store.ReadChangesAsync(_read, Portion, cancel);
        HashSet<Subscription> found = [];
        foreach (var change in changes)
        {
            if (change.Sequence > last) break;
            var difference = new EntityDifference(change);
            found.Clear();
            book.Find(difference, found);
            var now = clock.GetUtcNow();
            foreach (var subscription in found)
                if (subscription.Notifies(now) && await ConcernsAsync(difference, subscription, cancel)) Add(subscription, new(subscription.Tenant, subscription.Id, change.Sequence, IsByClock: false, change));
        }
        // Gaps in the sequence leave nothing to read up to the last change.
        Volatile.Write(ref _read, changes.Count > 0 ? Math.Min(changes[^1].Sequence, last) : last);
    }

    /// <summary>Whether a subscription is to be told of a change. Nothing is waited for, nor put on the heap, where it follows no links.</summary>
    private async ValueTask<bool> ConcernsAsync(EntityDifference difference, Subscription subscription, CancellationToken cancel)
    {
        try
        {
            if (!difference.Concerns(subscription)) return false;
            return subscription.Query.FollowsLinks ? await MatchesAsync(subscription, difference.Entity, cancel) : subscription.Query.Matches(difference.Entity);
        }
        catch (NgsiLdException fault)
        {
            Log.QueryFailed(log, subscription.Id, subscription.Tenant, fault.Detail ?? fault.Title);
            return false;
        }
    }

    private ValueTask<bool> MatchesAsync(Subscription subscription, Entity entity, CancellationToken cancel) => subscription.Query.MatchesAsync(entity, id => store.FindAsync(subscription.Tenant, id, cancel));

    private static (string Tenant, string Address) KeyOf(Subscription subscription) => (subscription.Tenant, subscription.Endpoint.Uri.AbsoluteUri);

    private void Add(Subscription subscription, Delivery delivery)
    {
        var key = KeyOf(subscription);
        while (!_queues.GetOrAdd(key, _ => new(DeliverAsync)).Add(delivery))
        {
            // It is just being taken away.
        }
    }

    /// <summary>Finds the subscriptions whose time has come.</summary>
    private async Task TickAsync(CancellationToken cancel)
    {
        await book.RefreshStaleAsync(cancel);
        var now = clock.GetUtcNow();
        var timed = book.Where(s => s.Interval is not null && s.Notifies(now));
        foreach (var subscription in timed)
        {
            var (key, interval) = ((subscription.Tenant, subscription.Id), subscription.Interval!.Value);
            if (!_due.TryGetValue(key, out var due) || due > now + interval) _due[key] = due = (subscription.Record.LastNotification ?? subscription.CreatedAt) + interval;
            if (due > now) continue;
            // What was missed is not made up for.
            _due[key] = due + interval > now ? due + interval : now + interval;
            Add(subscription, new(subscription.Tenant, subscription.Id, Volatile.Read(ref _read), IsByClock: true, null));
        }
        if (_due.Count > 2 * timed.Count + 100)
            foreach (var key in _due.Keys.Except(timed.Select(s => (s.Tenant, s.Id))).ToList()) _due.Remove(key);
    }

    /// <summary>Writes how far all has come.</summary>
    private async Task KeepAsync(CancellationToken cancel)
    {
        var done = Volatile.Read(ref _read);
        HashSet<(string, string)>? named = null;
        foreach (var (key, queue) in _queues)
        {
            if (queue.First is { } first) done = Math.Min(done, first - 1);
            // That an endpoint failed is remembered for those that name it.
            else if ((!(queue.FailedAt > clock.GetUtcNow() - LongestTry) || !(named ??= [.. book.Where(_ => true).Select(KeyOf)]).Contains(key)) && queue.TryRetire()) _queues.TryRemove(key, out _);
            if (queue.TakeLost() is > 0 and var lost) Log.NotificationsLost(log, lost, new Uri(key.Address).Authority);
        }
        await book.KeepRecordsAsync(cancel);
        await book.RetryAsync(cancel);
        if (done <= _moved) return;
        await store.MoveReaderAsync(Reader, done, cancel);
        _moved = done;
    }

    /// <summary>Sends one notification, again if need be.</summary>
    /// <returns>False where the program ended in between.</returns>
    private async Task<bool> DeliverAsync(EndpointQueue queue, Delivery delivery)
    {
        var cancel = _breakOff.Token;
        try
        {
            var isOfLog = !delivery.IsByClock && delivery.Told is null;
            var change = !isOfLog ? null : delivery.Change ?? await ReadAsync(delivery.Sequence, cancel);
            if (delivery.Told is { } told)
            {
                await DeliverAsync(queue, delivery, clock.GetUtcNow(), s => writer.WriteAsync(s, told, cancel), cancel);
                await DropAsync(delivery.Tenant, DocumentOf(delivery.Id, told));
            }
            else if (delivery.IsByClock) await DeliverByClockAsync(queue, delivery, cancel);
            else if (change is not null)
            {
                var difference = new EntityDifference(change);
                await DeliverAsync(queue, delivery, change.At, s => writer.WriteAsync(s, difference, cancel), cancel);
            }
            if (isOfLog) book.Find(delivery.Tenant, delivery.Id)?.Record.Settle(delivery.Sequence);
            return true;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return false;
        }
        // A fault of ours must not hold up what waits behind.
        catch (Exception fault)
        {
            Log.DeliveryFailed(log, fault, delivery.Id, delivery.Tenant);
            return true;
        }
    }

    private async Task<StoredChange?> ReadAsync(long sequence, CancellationToken cancel) =>
        await store.ReadChangesAsync(sequence - 1, 1, cancel) is [var change] && change.Sequence == sequence ? change : null;

    private async Task DeliverByClockAsync(EndpointQueue queue, Delivery delivery, CancellationToken cancel)
    {
        if (book.Find(delivery.Tenant, delivery.Id) is not { } subscription) return;
        var query = EntityQueryReader.ForStore(subscription.Query, _ => null);
        // What depends on linked entities is decided when the store has told the others.
        var withoutLinks = subscription.Query with { Q = null };
        if (subscription.Query.FollowsLinks) query = query with { Matches = e => withoutLinks.Matches(e) };
        var page = new EntityPage([], 0, true, null);
        while (page.HasMore)
        {
            page = await store.QueryAsync(delivery.Tenant, query, new(MostEntities, After: page.Last), cancel);
            var entities = page.Entities;
            if (subscription.Query.FollowsLinks)
            {
                List<Entity> found = [];
                foreach (var entity in entities)
                    if (await MatchesAsync(subscription, entity, cancel)) found.Add(entity);
                entities = found;
            }
            if (entities.Count > 0) await DeliverAsync(queue, delivery, clock.GetUtcNow(), s => writer.WriteAsync(s, entities, cancel), cancel);
        }
    }

    /// <param name="since">When there was something to tell.</param>
    private async Task DeliverAsync(EndpointQueue queue, Delivery delivery, DateTimeOffset since, Func<Subscription, Task<NotificationMessage>> write, CancellationToken cancel)
    {
        NotificationMessage? message = null;
        for (var tries = 1; ; tries++)
        {
            var now = clock.GetUtcNow();
            if (book.Find(delivery.Tenant, delivery.Id) is not { } subscription || !subscription.Notifies(now)) return;
            var (record, endpoint) = (subscription.Record, subscription.Endpoint);
            if (tries == 1 && record.LastNotification.IsWithin(subscription.Throttling, now)) return;
            if (queue.FailedAt.IsWithin(endpoint.Cooldown, now)) return;
            message ??= await write(subscription);
            record.Send(now);
            var (result, why) = await sender.SendAsync(endpoint, message, cancel);
            now = clock.GetUtcNow();
            if (result == SendResult.Delivered)
            {
                if (queue.FailedAt is not null) Log.EndpointBack(log, endpoint.Uri.Host, endpoint.Uri.Port);
                queue.FailedAt = null;
                record.Succeed(now);
                return;
            }
            record.Fail(now);
            if (queue.FailedAt is null) Log.EndpointFailed(log, endpoint.Uri.Host, endpoint.Uri.Port, why ?? "");
            queue.FailedAt = now;
            // By the clock the next one comes anyway; with a cooldown the subscriber wants none before its end.
            if (result == SendResult.Refused || endpoint.Cooldown is not null || delivery.IsByClock) return;
            if (result == SendResult.Unreachable ? now - since > LongestTry : tries >= MostTries) return;
            var wait = TimeSpan.FromSeconds(Math.Pow(2, Math.Min(tries - 1, 10)));
            await Task.Delay(wait < LongestWait ? wait : LongestWait, clock, cancel);
        }
    }
}

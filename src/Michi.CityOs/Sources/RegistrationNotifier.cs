using System.Collections.Concurrent;
using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Michi.CityOs.Sources;

/// <summary>Keeps subscriptions to registrations and tells them what changes, ETSI GS CIM 009, clauses 5.11.2 to 5.11.7.</summary>
/// <remarks>
/// Each notification is tried once, by the node through which a registration or the subscription was changed, those of one subscription in order. When one with a
/// throttling was sent last is kept in the store, so that it holds for all nodes together; how often one was sent is not kept beyond the end of the program.
/// </remarks>
internal sealed class RegistrationNotifier : BackgroundService
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, IReadOnlyList<RegistrationSubscription>> _tenants = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Tenant, string Id), (DeliveryRecord Record, Task Last)> _sent = [];
    private readonly SemaphoreSlim _changing = new(1);
    private readonly CancellationTokenSource _ended = new();
    private readonly ICityStore _store;
    private readonly ContextReader _contexts;
    private readonly NotificationSender _sender;
    private readonly TimeProvider _clock;
    private readonly ILogger<RegistrationNotifier> _log;
    private int _changes;

    public RegistrationNotifier(ICityStore store, ContextReader contexts, NotificationSender sender, TimeProvider clock, ILogger<RegistrationNotifier> log)
    {
        (_store, _contexts, _sender, _clock, _log) = (store, contexts, sender, clock, log);
        store.DocumentChanged += (kind, tenant, _) =>
        {
            if (kind == DocumentKind.RegistrationSubscription) Forget(tenant);
        };
    }

    /// <summary>The registrations of a tenant; set once by those who keep them.</summary>
    public Func<string, ValueTask<TenantSources>>? SourcesOf { get; set; }

    public DeliveryRecord RecordOf(string tenant, string id) => _sent.GetOrAdd((tenant, id), _ => (new(), Task.CompletedTask)).Record;

    /// <summary>Changes a subscription; what is given back is kept, null takes it away. One that is new or changed is told all registrations that match.</summary>
    /// <param name="apply">May be called again where another changes it at the same time.</param>
    public async Task WriteAsync(string tenant, string id, Func<SubscriptionDocument?, SubscriptionDocument?> apply, CancellationToken cancel)
    {
        RegistrationSubscription? subscription;
        byte[]? before;
        var isOurs = false;
        do
        {
            before = await _store.FindDocumentAsync(DocumentKind.RegistrationSubscription, tenant, id, cancel);
            var after = apply(before is null ? null : SubscriptionDocument.Read(before));
            subscription = after is null ? null : await RegistrationSubscription.ReadAsync(tenant, after, RecordOf(tenant, id), _contexts, cancel);
            await _store.WriteDocumentAsync(DocumentKind.RegistrationSubscription, tenant, id, there =>
            {
                isOurs = there.AsSpan().SequenceEqual(before);
                return isOurs ? after?.Write() : there;
            }, cancel);
        }
        while (!isOurs);
        Forget(tenant);
        // One that was sent while the subscription was taken away is none of its successor's.
        if (before is null || subscription is null) await _store.WriteDocumentAsync(DocumentKind.RegistrationSubscriptionRecord, tenant, id, _ => null, CancellationToken.None);
        if (subscription is null) _sent.TryRemove((tenant, id), out _);
        else if (subscription is { Interval: null, Document.For: null })
        {
            // Whoever registers from here on knows the subscription.
            await _store.FollowDocumentsAsync(cancel);
            Send(subscription, [.. (await SourcesOf!(tenant)).All.Where(subscription.Query.Matches)], "newlyMatching");
        }
    }

    /// <summary>A registration was made, changed or taken away.</summary>
    public async Task ChangedAsync(string tenant, ContextSourceRegistration? before, ContextSourceRegistration? after, CancellationToken cancel)
    {
        // Who subscribed through another node before is known from here on.
        await _store.FollowDocumentsAsync(cancel);
        foreach (var subscription in await OfAsync(tenant, cancel))
        {
            if (subscription is not { Interval: null, Document.For: null }) continue;
            var (did, does) = (before is not null && subscription.Query.Matches(before), after is not null && subscription.Query.Matches(after));
            if (did || does) Send(subscription, [(does ? after : before)!], does ? did ? "updated" : "newlyMatching" : "noLongerMatching");
        }
    }

    /// <summary>The subscriptions of a tenant.</summary>
    public async ValueTask<IReadOnlyList<RegistrationSubscription>> OfAsync(string tenant, CancellationToken cancel)
    {
        if (_tenants.TryGetValue(tenant, out var known)) return known;
        await _changing.WaitAsync(cancel);
        try
        {
            var changes = Volatile.Read(ref _changes);
            var isWhole = true;
            List<RegistrationSubscription> read = [];
            foreach (var (id, body) in await _store.ListDocumentsAsync(DocumentKind.RegistrationSubscription, tenant, cancel))
            {
                try
                {
                    read.Add(await RegistrationSubscription.ReadAsync(tenant, SubscriptionDocument.Read(body), RecordOf(tenant, id), _contexts, cancel));
                }
                catch (NgsiLdException)
                {
                    // A context of it cannot be had now; the next change asks again.
                    isWhole = false;
                }
            }
            if (!isWhole) return read;
            _tenants[tenant] = read;
            // What was changed meanwhile is asked for again.
            if (Volatile.Read(ref _changes) != changes) _tenants.TryRemove(tenant, out _);
            return read;
        }
        finally
        {
            _changing.Release();
        }
    }

    private void Forget(string tenant)
    {
        Interlocked.Increment(ref _changes);
        _tenants.TryRemove(tenant, out _);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _store.HoldAsync("registrations", NotifyByClockAsync, stoppingToken);
        await _ended.CancelAsync();
    }

    private async Task NotifyByClockAsync(CancellationToken stop)
    {
        Dictionary<(string Tenant, string Id), DateTimeOffset> due = [];
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(TickEvery, _clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested || SourcesOf is null) continue;
            try
            {
                await TickAsync(due, SourcesOf, stop);
            }
            // The store may be away for a while; the next tick asks again.
            catch (Exception fault) when (!stop.IsCancellationRequested)
            {
                Log.NotifyingFailed(_log, fault);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task TickAsync(Dictionary<(string Tenant, string Id), DateTimeOffset> due, Func<string, ValueTask<TenantSources>> sourcesOf, CancellationToken stop)
    {
        var now = _clock.GetUtcNow();
        foreach (var tenant in (await _store.TenantsAsync(stop)).Append(""))
        {
            foreach (var subscription in await OfAsync(tenant, stop))
            {
                if (subscription.Interval is not { } interval) continue;
                var next = due.GetValueOrDefault((tenant, subscription.Id), subscription.Document.CreatedAt);
                // A clock that was set back must not silence it until it has caught up.
                if (next > now && next <= now + interval) continue;
                due[(tenant, subscription.Id)] = now + interval;
                Send(subscription, [.. (await sourcesOf(tenant)).All.Where(r => !(r.ExpiresAt <= now) && subscription.Query.Matches(r))], "updated");
            }
        }
    }

    public override void Dispose()
    {
        _changing.Dispose();
        base.Dispose();
    }

    /// <summary>Sends a notification after those before it.</summary>
    private void Send(RegistrationSubscription subscription, IReadOnlyList<ContextSourceRegistration> registrations, string reason)
    {
        if (registrations.Count == 0) return;
        var key = (subscription.Tenant, subscription.Id);
        lock (_sent)
        {
            var (record, last) = _sent.GetValueOrDefault(key, (subscription.Record, Task.CompletedTask));
            _sent[key] = (record, SendAsync(last));
        }

        async Task SendAsync(Task last)
        {
            // Not on the request that made the change.
            await Task.Yield();
            await last;
            var now = _clock.GetUtcNow();
            if (!subscription.Notifies(now) || subscription.Record.LastNotification.IsWithin(subscription.Throttling, now)) return;
            try
            {
                if (subscription.Throttling is { } throttling && !await MaySendAsync(subscription, throttling, now)) return;
                subscription.Record.Send(now);
                var (result, _) = await _sender.SendAsync(subscription.Endpoint, Write(subscription, registrations, reason, now), _ended.Token);
                if (result == SendResult.Delivered) subscription.Record.Succeed(_clock.GetUtcNow());
                else subscription.Record.Fail(_clock.GetUtcNow());
            }
            // The next one is sent all the same.
            catch (Exception fault)
            {
                if (!_ended.IsCancellationRequested) Log.NotifyingFailed(_log, fault);
            }
        }
    }

    /// <summary>Whether no node has sent one for so long. Who notes it first sends it.</summary>
    private async Task<bool> MaySendAsync(RegistrationSubscription subscription, TimeSpan throttling, DateTimeOffset now)
    {
        var isOurs = false;
        await _store.WriteDocumentAsync(DocumentKind.RegistrationSubscriptionRecord, subscription.Tenant, subscription.Id, there =>
        {
            var sent = DeliveryRecord.Read(there);
            // The clock of the node that noted it may go ahead of this one's; one that was set back silences nobody for long.
            isOurs = !((now - sent.LastNotification)?.Duration() < throttling);
            if (!isOurs) return there;
            sent.Send(now);
            return sent.Take();
        }, _ended.Token);
        return isOurs;
    }

    /// <summary>Clause 5.3.2: of each registration only what has to do with the subscription.</summary>
    private static NotificationMessage Write(RegistrationSubscription subscription, IReadOnlyList<ContextSourceRegistration> registrations, string reason, DateTimeOffset now)
    {
        var endpoint = subscription.Endpoint;
        // What is told are no entities, so there are no features.
        var type = endpoint.Accept == NgsiLdCall.GeoJson ? NgsiLdCall.Json : endpoint.Accept;
        return NotificationMessage.Write(endpoint, type, subscription.Tenant, SourceClient.AddressOf(subscription.Context), json =>
        {
            json.WriteString("id"u8, $"urn:ngsi-ld:ContextSourceNotification:{Guid.NewGuid()}");
            json.WriteString("type"u8, "ContextSourceNotification"u8);
            json.WriteString("subscriptionId"u8, subscription.Id);
            json.WriteString("notifiedAt"u8, EntityWriter.Text(now));
            json.WriteString("triggerReason"u8, reason);
            json.WriteStartArray("data"u8);
            foreach (var registration in registrations)
                registration.Write(json, subscription.Context, hasSysAttrs: false, null, type == NgsiLdCall.LdJson ? WriteContext : null, subscription.Query.Meets);
            json.WriteEndArray();
            if (type == NgsiLdCall.LdJson) WriteContext(json);
        });

        void WriteContext(Utf8JsonWriter json)
        {
            json.WritePropertyName("@context"u8);
            subscription.Context.Source.WriteTo(json);
        }
    }
}

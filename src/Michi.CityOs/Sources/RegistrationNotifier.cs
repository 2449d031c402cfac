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
/// <remarks>Each notification is tried once, those of one subscription in order. How often one was sent is not kept beyond the end of the program.</remarks>
internal sealed class RegistrationNotifier(ICityStore store, ContextReader contexts, NotificationSender sender, TimeProvider clock, ILogger<RegistrationNotifier> log) : BackgroundService
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, IReadOnlyList<RegistrationSubscription>> _tenants = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Tenant, string Id), (DeliveryRecord Record, Task Last)> _sent = [];
    private readonly SemaphoreSlim _changing = new(1);
    private readonly CancellationTokenSource _ended = new();
    private int _changes;

    /// <summary>The registrations of a tenant that notifications by the clock tell of; set once by those who keep them.</summary>
    public Func<string, ValueTask<TenantSources>>? SourcesOf { get; set; }

    /// <summary>Told instead of an endpoint where a subscription stands for one to entities; set once.</summary>
    public Action<string, string>? Forward { get; set; }

    public DeliveryRecord RecordOf(string tenant, string id) => _sent.GetOrAdd((tenant, id), _ => (new(), Task.CompletedTask)).Record;

    /// <summary>Changes a subscription; what is given back is kept, null takes it away.</summary>
    /// <param name="registrations">What is there; a subscription that is new or changed is told all that match.</param>
    public async Task WriteAsync(string tenant, string id, Func<SubscriptionDocument?, SubscriptionDocument?> apply, IReadOnlyList<ContextSourceRegistration> registrations, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            var before = await store.FindDocumentAsync(DocumentKind.RegistrationSubscription, tenant, id, cancel);
            var after = apply(before is null ? null : SubscriptionDocument.Read(before));
            var subscription = after is null ? null : await RegistrationSubscription.ReadAsync(tenant, after, RecordOf(tenant, id), contexts, cancel);
            await store.WriteDocumentAsync(DocumentKind.RegistrationSubscription, tenant, id, _ => after?.Write(), cancel);
            _tenants.TryRemove(tenant, out _);
            if (subscription is null) _sent.TryRemove((tenant, id), out _);
            else if (subscription.Interval is null) Send(subscription, [.. registrations.Where(subscription.Query.Matches)], "newlyMatching");
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>A registration was made, changed or taken away.</summary>
    public async Task ChangedAsync(string tenant, ContextSourceRegistration? before, ContextSourceRegistration? after, CancellationToken cancel)
    {
        foreach (var subscription in await OfAsync(tenant, cancel))
        {
            if (subscription.Interval is not null) continue;
            var (did, does) = (before is not null && subscription.Query.Matches(before), after is not null && subscription.Query.Matches(after));
            if (did || does) Send(subscription, [(does ? after : before)!], does ? did ? "updated" : "newlyMatching" : "noLongerMatching");
        }
    }

    private async ValueTask<IReadOnlyList<RegistrationSubscription>> OfAsync(string tenant, CancellationToken cancel)
    {
        if (_tenants.TryGetValue(tenant, out var known)) return known;
        await _changing.WaitAsync(cancel);
        try
        {
            var changes = Volatile.Read(ref _changes);
            List<RegistrationSubscription> read = [];
            foreach (var (id, body) in await store.ListDocumentsAsync(DocumentKind.RegistrationSubscription, tenant, cancel))
            {
                try
                {
                    read.Add(await RegistrationSubscription.ReadAsync(tenant, SubscriptionDocument.Read(body), RecordOf(tenant, id), contexts, cancel));
                }
                catch (NgsiLdException)
                {
                    // A context of it cannot be had now; the next change asks again.
                    return read;
                }
            }
            _tenants[tenant] = read;
            // What another program changed meanwhile is asked for again.
            if (Volatile.Read(ref _changes) != changes) _tenants.TryRemove(tenant, out _);
            return read;
        }
        finally
        {
            _changing.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        store.DocumentChanged += (kind, tenant, _) =>
        {
            if (kind != DocumentKind.RegistrationSubscription) return;
            Interlocked.Increment(ref _changes);
            _tenants.TryRemove(tenant, out var _);
        };
        await store.HoldAsync("registrations", NotifyByClockAsync, stoppingToken);
        await _ended.CancelAsync();
    }

    private async Task NotifyByClockAsync(CancellationToken stop)
    {
        Dictionary<(string Tenant, string Id), DateTimeOffset> due = [];
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(TickEvery, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested || SourcesOf is null) continue;
            try
            {
                await TickAsync(due, SourcesOf, stop);
            }
            // The store may be away for a while; the next tick asks again.
            catch (Exception fault) when (!stop.IsCancellationRequested)
            {
                Log.NotifyingFailed(log, fault);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task TickAsync(Dictionary<(string Tenant, string Id), DateTimeOffset> due, Func<string, ValueTask<TenantSources>> sourcesOf, CancellationToken stop)
    {
        var now = clock.GetUtcNow();
        foreach (var tenant in (await store.TenantsAsync(stop)).Append(""))
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
        if (subscription.Document.For is { } served)
        {
            Forward?.Invoke(subscription.Tenant, served);
            return;
        }
        var key = (subscription.Tenant, subscription.Id);
        _sent.AddOrUpdate(key, _ => (subscription.Record, SendAsync()), (_, sent) => (sent.Record, sent.Last.ContinueWith(_ => SendAsync(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Unwrap()));

        async Task SendAsync()
        {
            var now = clock.GetUtcNow();
            if (!subscription.Notifies(now) || subscription.Record.LastNotification.IsWithin(subscription.Throttling, now)) return;
            subscription.Record.Send(now);
            var (result, _) = await sender.SendAsync(subscription.Endpoint, Write(subscription, registrations, reason, now), _ended.Token);
            if (result == SendResult.Delivered) subscription.Record.Succeed(clock.GetUtcNow());
            else subscription.Record.Fail(clock.GetUtcNow());
        }
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

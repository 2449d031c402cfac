using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Api;
using Michi.CityOs.Queries;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Michi.CityOs.Sources;

/// <summary>A copy of a subscription at a context source.</summary>
/// <param name="Id">Of the copy. Nobody but the source learns it, so whoever tells it speaks for the source.</param>
/// <param name="Sent">What the source was sent last; null where it is not known to have it.</param>
/// <param name="Source">The registration as it was then.</param>
/// <param name="IsFiltered">Whether the source applies the conditions itself.</param>
internal sealed record ForwardedSubscription(string Tenant, string Id, string Subscription, string? Sent, ContextSourceRegistration Source, bool IsFiltered)
{
    /// <summary>The copy with an id; null where there is none.</summary>
    public static async ValueTask<ForwardedSubscription?> FindAsync(ICityStore store, string id, CancellationToken cancel) =>
        await store.FindDocumentAsync(DocumentKind.ForwardedSubscription, "", id, cancel) is { } body ? Read(id, body) : null;

    public static async Task<IEnumerable<ForwardedSubscription>> ListAsync(ICityStore store, CancellationToken cancel) =>
        (await store.ListDocumentsAsync(DocumentKind.ForwardedSubscription, "", cancel)).Select(d => Read(d.Id, d.Body));

    /// <remarks>All are kept under the default tenant: a notification names the copy and nothing else.</remarks>
    public Task KeepAsync(ICityStore store, bool isGone) => store.WriteDocumentAsync(DocumentKind.ForwardedSubscription, "", Id, _ => isGone ? null : Write(), CancellationToken.None);

    private static ForwardedSubscription Read(string id, byte[] body)
    {
        var kept = JsonNode.Parse(body)!;
        return new(kept["tenant"]!.GetValue<string>(), id, kept["subscription"]!.GetValue<string>(), kept["sent"]?.GetValue<string>(), ContextSourceRegistration.Read(kept["source"]!.AsObject()), kept["isFiltered"]!.GetValue<bool>());
    }

    private byte[] Write() => CreateRegistration.Bytes(new() { ["tenant"] = Tenant, ["subscription"] = Subscription, ["sent"] = Sent, ["source"] = Source.Kept(), ["isFiltered"] = IsFiltered });
}

/// <summary>Brings subscriptions to the context sources that are registered for what they ask, ETSI GS CIM 009, 5.8.1.4, 5.8.2.4 and 5.8.5.4.</summary>
/// <remarks>
/// What each source should have is compared with what it has whenever a subscription or a registration changes, and what differs is sent; where a source cannot be
/// reached it is tried again. One node does this for all, as long as it lives; the next compares everything once. A subscription to registrations stands for each
/// subscription, as the standard has it; it notifies nobody.
/// </remarks>
internal sealed class SubscriptionForwarder : BackgroundService
{
    /// <summary>Path at which this broker takes notifications of context sources.</summary>
    public const string NotifyPath = "/ngsi-ld/ex/remote-notify";

    private static readonly TimeSpan TickEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly NgsiLdServices _services;
    private readonly ILogger<SubscriptionForwarder> _log;

    /// <summary>What sources have, by subscription.</summary>
    private readonly ConcurrentDictionary<(string Tenant, string Subscription), ForwardedSubscription[]> _copies = [];
    private readonly ConcurrentDictionary<(string Tenant, string Id), (DateTimeOffset At, TimeSpan Pause)> _again = [];

    /// <summary>Null while another node does this.</summary>
    private OrderedWork? _work;

    /// <summary>Whether everything is to be compared.</summary>
    private bool _isAllDue;

    public SubscriptionForwarder(NgsiLdServices services, ILogger<SubscriptionForwarder> log)
    {
        (_services, _log) = (services, log);
        services.Subscriptions.Changed = Start;
        services.Sources.Changed = StartOf;
    }

    private CancellationToken Stop => _work!.Stop;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _services.Store.HoldAsync("forwarding", WorkAsync, stoppingToken);

    public override void Dispose()
    {
        _work?.Dispose();
        base.Dispose();
    }

    private async Task WorkAsync(CancellationToken stop)
    {
        _copies.Clear();
        _again.Clear();
        var isRead = false;
        _isAllDue = true;
        await Repeat.RunAsync(async cancel =>
        {
            if (!isRead)
            {
                foreach (var copies in (await ForwardedSubscription.ListAsync(_services.Store, cancel)).GroupBy(c => (c.Tenant, c.Subscription))) _copies[copies.Key] = [.. copies];
                // From here on no change is missed; those before are among all.
                _work = new(hands: 4, _log);
                _services.Store.DocumentChanged += Note;
                isRead = true;
            }
            if (Interlocked.Exchange(ref _isAllDue, false)) await StartAllAsync(cancel);
            foreach (var (key, (at, _)) in _again)
                if (_services.Clock.GetUtcNow() is var now && (at <= now || at > now + 2 * LongestPause)) Start(key.Tenant, key.Id);
        }, TickEvery, _services.Clock, _log, "subscriptions passed on", stop);
        // What sources have is written down.
        if (!isRead) return;
        _services.Store.DocumentChanged -= Note;
        await _work!.EndAsync();
        _work = null;
    }

    private void Note(DocumentKind kind, string tenant, string id)
    {
        if (kind == DocumentKind.Subscription) Start(tenant, id);
        if (kind == DocumentKind.Registration) StartOf(tenant, id);
    }

    /// <summary>Compares what there may be to compare: all that can be passed on, and what was.</summary>
    private async Task StartAllAsync(CancellationToken cancel)
    {
        HashSet<(string, string)> all = [.. _copies.Keys];
        try
        {
            foreach (var tenant in (await _services.Store.TenantsAsync(cancel)).Append(""))
            {
                foreach (var (id, body) in await _services.Store.ListDocumentsAsync(DocumentKind.Subscription, tenant, cancel))
                    if (SubscriptionDocument.Read(body).Origin is not null) all.Add((tenant, id));
                foreach (var (_, body) in await _services.Store.ListDocumentsAsync(DocumentKind.RegistrationSubscription, tenant, cancel))
                    if (SubscriptionDocument.Read(body).For is { } served) all.Add((tenant, served));
            }
        }
        catch
        {
            _isAllDue = true;
            throw;
        }
        foreach (var (tenant, id) in all) Start(tenant, id);
    }

    private void Start(string tenant, string id) => _work?.Do($"{tenant} {id}", async () =>
    {
        var key = (tenant, id);
        var pause = _again.TryRemove(key, out var again) ? again.Pause * 2 : FirstPause;
        var isDone = false;
        try
        {
            isDone = await ReconcileAsync(tenant, id);
        }
        finally
        {
            if (!isDone) _again[key] = (_services.Clock.GetUtcNow() + pause, pause < LongestPause ? pause : LongestPause);
        }
    });

    /// <summary>Compares what the change of a registration may concern: what its source has, and what it matches now.</summary>
    private void StartOf(string tenant, string registration) => _work?.Do($"source {tenant} {registration}", async () =>
    {
        try
        {
            foreach (var (key, copies) in _copies)
                if (key.Tenant == tenant && Array.Exists(copies, c => c.Source.Id == registration)) Start(tenant, key.Subscription);
            if ((await _services.Sources.OfAsync(tenant, Stop)).All.FirstOrDefault(r => r.Id == registration) is not { } source) return;
            foreach (var watch in await _services.Sources.Notifier.OfAsync(tenant, Stop))
                if (watch.Document.For is { } served && watch.Query.Matches(source)) Start(tenant, served);
        }
        catch
        {
            _isAllDue = true;
            throw;
        }
    });

    /// <summary>Brings what sources have of a subscription to what they should have.</summary>
    /// <returns>False where a source could not be reached.</returns>
    private async Task<bool> ReconcileAsync(string tenant, string id)
    {
        var cancel = Stop;
        var bytes = await _services.Store.FindDocumentAsync(DocumentKind.Subscription, tenant, id, cancel);
        var document = bytes is null ? null : SubscriptionDocument.Read(bytes);
        if (document is { Origin: null } || document?["localOnly"]?.ValueKind == JsonValueKind.True) document = null;
        await WatchAsync(tenant, id, document);
        List<ForwardedSubscription> have = [.. _copies.GetValueOrDefault((tenant, id)) ?? []];
        var isDone = true;
        var sources = await _services.Sources.OfAsync(tenant, cancel);
        if (document is not null && !sources.IsEmpty)
        {
            var subscription = await Subscription.ReadAsync(tenant, document, new(), _services.Contexts, cancel);
            var call = CallOf(tenant, document, subscription);
            var filter = document["csf"] is { } csf ? QFilter.Parse(csf.GetString()!, await _services.Contexts.ReadAsync(tenant, document.ContextOf("csf"), cancel), parameter: "csf") : null;
            var query = new RegistrationQuery { Selectors = subscription.Query.Selectors, Attributes = subscription.Watched, SourceFilter = filter };
            foreach (var source in await SourceSelection.OfAsync(call, s => s.All.Where(r => r.Mode != SourceMode.Auxiliary && r.Supports(SourceOperation.CreateSubscription) && query.Matches(r))))
            {
                var wanted = SubscriptionCopy.Of(document, subscription, source, query, await _services.Sources.Client.ContextForAsync(call, source), document.Origin!.Address + NotifyPath);
                var there = have.Find(c => c.Source.Id == source.Id && c.Source.Endpoint == source.Endpoint && c.Source.Tenant == source.Tenant);
                if (there is not null) have.Remove(there);
                isDone &= await SendAsync(call, id, source, wanted, there);
            }
        }
        foreach (var copy in have) isDone &= await DeleteAsync(copy);
        // Who changed a registration meanwhile did not see what has just been sent.
        if (!ReferenceEquals(sources, await _services.Sources.OfAsync(tenant, cancel))) Start(tenant, id);
        return isDone;
    }

    private async Task<bool> SendAsync(NgsiLdCall call, string subscription, ContextSourceRegistration source, SubscriptionCopy wanted, ForwardedSubscription? there)
    {
        var sent = wanted.Text;
        if (there?.Sent == sent) return true;
        if (there is { Sent: not null })
        {
            if (source.Supports(SourceOperation.UpdateSubscription))
            {
                var updated = await _services.Sources.Client.SendAsync(call, source, wanted.Instead(there.Sent).RequestOf(HttpMethod.Patch, $"subscriptions/{Uri.EscapeDataString(there.Id)}", null));
                if (updated.Fault == SourceFault.None) await KeepAsync(there with { Sent = sent, Source = source, IsFiltered = wanted.IsFiltered });
                if (updated.Fault == SourceFault.None || !updated.IsNotFound) return updated.Fault is SourceFault.None or SourceFault.Refused;
            }
            // What cannot be changed is put in the place of the one there.
            if (!await DeleteAsync(there)) return false;
        }
        var copy = new ForwardedSubscription(call.Tenant, there is { Sent: null } ? there.Id : $"urn:ngsi-ld:Subscription:{RandomNumberGenerator.GetHexString(32, lowercase: true)}", subscription, null, source, wanted.IsFiltered);
        // Written down first: a source must not have what this broker does not know of.
        await KeepAsync(copy);
        var answer = await _services.Sources.Client.SendAsync(call, source, wanted.RequestOf(HttpMethod.Post, $"subscriptions{(source.IsLocalOnly ? "?local=true" : "")}", copy.Id));
        // It got there, though nobody learned of it: perhaps as the subscription was before.
        if (answer.Status == StatusCodes.Status409Conflict && there is not null && source.Supports(SourceOperation.DeleteSubscription)) return await DeleteAsync(copy) && await SendAsync(call, subscription, source, wanted, null);
        if (answer.Fault == SourceFault.None || answer.Status == StatusCodes.Status409Conflict)
        {
            await KeepAsync(copy with { Sent = sent });
            return true;
        }
        if (answer.Fault != SourceFault.Refused || answer.Status is >= 500 and not StatusCodes.Status508LoopDetected) return false;
        // A source that wants none will want none the next time.
        await KeepAsync(copy, isGone: true);
        return true;
    }

    private async Task<bool> DeleteAsync(ForwardedSubscription copy)
    {
        if (copy.Source.Supports(SourceOperation.DeleteSubscription))
        {
            var call = NgsiLdCall.OwnOf(_services, copy.Tenant, JsonLd.JsonLdContext.Core, Stop);
            var answer = await _services.Sources.Client.SendAsync(call, copy.Source, new(HttpMethod.Delete, $"subscriptions/{Uri.EscapeDataString(copy.Id)}", JsonLd.JsonLdContext.Core));
            // One that nobody has registered any more need not be reached.
            var isRegistered = (await _services.Sources.OfAsync(copy.Tenant, Stop)).All.Any(r => r.Id == copy.Source.Id);
            if (answer.Fault is not (SourceFault.None or SourceFault.Refused) && isRegistered) return false;
        }
        await KeepAsync(copy, isGone: true);
        return true;
    }

    private async Task KeepAsync(ForwardedSubscription copy, bool isGone = false)
    {
        await copy.KeepAsync(_services.Store, isGone);
        var key = (copy.Tenant, copy.Subscription);
        ForwardedSubscription[] copies = [.. (_copies.GetValueOrDefault(key) ?? []).Where(c => c.Id != copy.Id), .. isGone ? (ForwardedSubscription[])[] : [copy]];
        if (copies.Length > 0) _copies[key] = copies;
        else _copies.TryRemove(key, out _);
    }

    /// <summary>Something done for a subscription: it has passed the brokers the subscription has passed.</summary>
    private NgsiLdCall CallOf(string tenant, SubscriptionDocument document, Subscription subscription)
    {
        var call = NgsiLdCall.OwnOf(_services, tenant, subscription.Context, Stop);
        if (document.Origin!.Via is { } via) call.Request.Headers.Via = via;
        return call;
    }

    /// <summary>Keeps the subscription to registrations that stands for a subscription, or takes it away.</summary>
    private async Task WatchAsync(string tenant, string id, SubscriptionDocument? document)
    {
        var watch = $"urn:ngsi-ld:Subscription:registrations:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 16))}";
        var there = await _services.Store.FindDocumentAsync(DocumentKind.RegistrationSubscription, tenant, watch, Stop) is { } bytes ? SubscriptionDocument.Read(bytes) : null;
        SubscriptionDocument? wanted = null;
        if (document is not null)
        {
            var endpoint = JsonSerializer.SerializeToElement(new { endpoint = new { uri = document.Origin!.Address + NotifyPath, accept = NgsiLdCall.Json } });
            wanted = new()
            {
                Id = watch,
                Context = document.Context,
                Contexts = document.Contexts,
                For = id,
                Members = [.. document.Members.Where(m => m.Key is "entities" or "watchedAttributes" or "csf"), new("notification", endpoint)],
                CreatedAt = there?.CreatedAt ?? document.CreatedAt,
                ModifiedAt = document.ModifiedAt,
            };
        }
        if ((there is null && wanted is null) || (there is not null && wanted is not null && there.Members.Select(m => m.Value.GetRawText()).SequenceEqual(wanted.Members.Select(m => m.Value.GetRawText())))) return;
        await _services.Sources.Notifier.WriteAsync(tenant, watch, _ => wanted, Stop);
    }
}

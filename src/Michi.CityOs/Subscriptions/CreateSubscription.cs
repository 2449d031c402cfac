using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Subscriptions;

/// <summary>ETSI GS CIM 009, 5.8.1 Create Subscription.</summary>
internal static class CreateSubscription
{
    /// <summary>Subscriptions within one snapshot; those of requests that come at the same moment may be some more.</summary>
    public const int MostInSnapshot = 1_000;

    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept("options", "local", "via");
        // Clause 6.3.18: this broker notifies of its own entities already.
        if (SourceSelection.HasPassed(call)) throw SourceSelection.Loop("The subscription");
        var body = await call.ReadBodyAsync();
        var id = SubscriptionInput.IdOf(body) ?? $"urn:ngsi-ld:Subscription:{Guid.NewGuid()}";
        var members = SubscriptionInput.Read(body, call.Context, isFragment: false, call.Services.Clock.GetUtcNow());
        if (call.Flag("local")) members.Add(("localOnly", JsonSerializer.SerializeToElement(true)));
        var via = string.Join(", ", call.Request.Headers.Via.Where(v => !string.IsNullOrEmpty(v)));
        // A request may leave open which host it means; then sources would not know where to send to. What is in a snapshot concerns no source (clause 5.5.15).
        var origin = call.Request.Host.HasValue && call.Snapshot is null ? new SubscriptionOrigin(AddressOf(call), via.Length > 0 ? via : null) : null;
        if (call.Snapshot is not null && (await call.Store.ListDocumentsAsync(DocumentKind.Subscription, call.Tenant, call.Cancel)).Count >= MostInSnapshot) throw NgsiLdException.OperationNotSupported($"A snapshot has at most {MostInSnapshot} subscriptions.");
        await call.Services.Subscriptions.CreateAsync(call.Tenant, id, members, call.Context.Source, await LinkAsync(call), call.Cancel, origin, call.Snapshot?.Id);
        if (call.Snapshot is { } snapshot && !await call.Services.Snapshots.IsClaimedAsync(call.Owner, snapshot, CancellationToken.None))
        {
            await call.Services.Subscriptions.DeleteAsync(call.Tenant, id, CancellationToken.None);
            throw NgsiLdException.ResourceNotFound(snapshot.Id);
        }
        await call.CreatedAsync($"subscriptions/{id}");
    }

    /// <summary>Clause 5.13: a context without an address is given one here, for notifications in plain JSON to name.</summary>
    private static async ValueTask<string?> LinkAsync(NgsiLdCall call)
    {
        if (SubscriptionDocument.AddressOf(call.Context.Source) is not null) return null;
        var id = await call.Services.Documents.AddAsync(call.Owner, call.Context.Source, ContextKind.ImplicitlyCreated, call.Cancel);
        return $"{AddressOf(call)}{NgsiLdApi.Root}/jsonldContexts/{id}";
    }

    /// <summary>The broker's own address, as the request named it.</summary>
    private static string AddressOf(NgsiLdCall call) => $"{call.Request.Scheme}://{call.Request.Host}{call.Request.PathBase}";
}

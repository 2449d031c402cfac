using Michi.CityOs.Api;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Subscriptions;

/// <summary>ETSI GS CIM 009, 5.8.1 Create Subscription.</summary>
internal static class CreateSubscription
{
    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept("options", "local", "via");
        var body = await call.ReadBodyAsync();
        var id = SubscriptionInput.IdOf(body) ?? $"urn:ngsi-ld:Subscription:{Guid.NewGuid()}";
        var members = SubscriptionInput.Read(body, call.Context, isFragment: false, call.Services.Clock.GetUtcNow());
        await call.Services.Subscriptions.CreateAsync(call.Tenant, id, members, call.Context.Source, await LinkAsync(call), call.Cancel);
        await call.CreatedAsync($"subscriptions/{id}");
    }

    /// <summary>Clause 5.13: a context without an address is given one here, for notifications in plain JSON to name.</summary>
    private static async ValueTask<string?> LinkAsync(NgsiLdCall call)
    {
        if (SubscriptionDocument.AddressOf(call.Context.Source) is not null) return null;
        var id = await call.Services.Documents.AddAsync(call.Tenant, call.Context.Source, ContextKind.ImplicitlyCreated, call.Cancel);
        return $"{call.Request.Scheme}://{call.Request.Host}{call.Request.PathBase}{NgsiLdApi.Root}/jsonldContexts/{id}";
    }
}

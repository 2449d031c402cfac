using Michi.CityOs.Api;

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
        await call.Services.Subscriptions.CreateAsync(call.Tenant, id, members, call.Context.Source, call.Cancel);
        await call.CreatedAsync($"subscriptions/{id}");
    }
}

using Michi.CityOs.Api;

namespace Michi.CityOs.Subscriptions;

/// <summary>ETSI GS CIM 009, 5.8.2 Update Subscription.</summary>
internal static class UpdateSubscription
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("options", "local", "via");
        NgsiLdCall.CheckId(id);
        var body = await call.ReadBodyAsync();
        if (SubscriptionInput.IdOf(body) is { } told && told != id) throw NgsiLdException.BadRequestData("The id of the body is not that of the path.");
        var changes = SubscriptionInput.Read(body, call.Context, isFragment: true, call.Services.Clock.GetUtcNow());
        await call.Services.Subscriptions.UpdateAsync(call.Tenant, id, changes, call.Context.Source, call.Cancel);
        await call.DoneAsync();
    }
}

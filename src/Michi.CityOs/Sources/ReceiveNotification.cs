using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.Subscriptions;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Sources;

/// <summary>Takes the notifications of context sources and passes them on to the subscribers here, ETSI GS CIM 009, 5.8.6.</summary>
/// <remarks>
/// Sources have no tokens. Who may tell what follows from the id of the subscription the source was sent: it is random and nobody else knows it, and what a source
/// tells counts only as far as it is registered for it.
/// </remarks>
internal sealed class ReceiveNotification(NgsiLdServices services, NgsiLdApi api, Notifier notifier)
{
    public Task HandleAsync(HttpContext http) => api.AnswerAsync(http, async () =>
    {
        if (!HttpMethods.IsPost(http.Request.Method)) throw new NgsiLdException("MethodNotAllowed", StatusCodes.Status405MethodNotAllowed, "The resource does not know this method.", "Expected POST.");
        if (http.Request.ContentLength is not { } length)
        {
            http.Response.StatusCode = StatusCodes.Status411LengthRequired;
            return;
        }
        if (length > SourceClient.MostBytes) throw new NgsiLdException("PayloadTooLarge", StatusCodes.Status413PayloadTooLarge, "The body of the request is too large.", $"At most {SourceClient.MostBytes} bytes are taken at once.");
        var body = await new NgsiLdCall(http, services, "").ReadPlainBodyAsync();
        if (body.ValueKind != JsonValueKind.Object || EntityQueryReader.Text(body, "subscriptionId") is not { } id) throw NgsiLdException.BadRequestData("Expected a Notification with a subscriptionId.");
        if (await ForwardedSubscription.FindAsync(services.Store, id, http.RequestAborted) is not { } copy || await services.Subscriptions.ReadAsync(copy.Tenant, copy.Subscription, http.RequestAborted) is not { } subscription)
            throw NgsiLdException.ResourceNotFound($"The subscription {id}");
        if (!body.TryGetProperty("data", out var data)) throw NgsiLdException.BadRequestData("The notification has no data.");
        if (subscription.Notifies(services.Clock.GetUtcNow())) await PassOnAsync(new NgsiLdCall(http, services, copy.Tenant), copy, subscription, body, data);
        http.Response.StatusCode = StatusCodes.Status200OK;
    });

    private async Task PassOnAsync(NgsiLdCall call, ForwardedSubscription copy, Subscription subscription, JsonElement body, JsonElement data)
    {
        await call.ReadContextAsync();
        var names = body.TryGetProperty("@context", out var own) ? await services.Contexts.ReadAsync(copy.Tenant, own, call.Cancel) : call.Context;
        var deleted = data.OneOrMany().Where(e => e.ValueKind == JsonValueKind.Object && EntityQueryReader.Text(e, "deletedAt") is not null && EntityQueryReader.Text(e, "id") is not null)
            .DistinctBy(e => e.GetProperty("id").GetString()).ToDictionary(e => e.GetProperty("id").GetString()!, e => EntityReader.Time(e.GetProperty("deletedAt").GetString()) ?? services.Clock.GetUtcNow());
        List<Entity> there = [];
        foreach (var told in await SourceEntitiesReader.ReadAsync(call, data, names))
        {
            if (!copy.Source.Covers(told.Id, told.Types, out var has) || !subscription.Query.IsSelected(told.Id, told.Types)) continue;
            var entity = has is null ? told : EntityMerge.Only(told, a => has.Contains(a.Name));
            EntityMerge.FillTimes(entity, services.Clock.GetUtcNow());
            if (deleted.TryGetValue(entity.Id, out var at)) await TellAsync(subscription, [entity], at, call.Cancel);
            else if (await WholeAsync(copy, subscription, entity, call.Cancel) is { } whole) there.Add(whole);
        }
        if (there.Count > 0) await TellAsync(subscription, there, null, call.Cancel);
    }

    /// <summary>What is told of an entity: where conditions hold only of all of it, it is put together with what this broker and others hold. Null where they do not hold.</summary>
    private async Task<Entity?> WholeAsync(ForwardedSubscription copy, Subscription subscription, Entity entity, CancellationToken cancel)
    {
        if (copy.IsFiltered) return entity;
        var call = NgsiLdCall.OwnOf(services, copy.Tenant, subscription.Context, cancel);
        HashSet<string> others = [.. (await services.Sources.OfAsync(copy.Tenant, cancel)).All.Select(r => r.Id).Where(r => r != copy.Source.Id)];
        var (held, _) = await DistributedRead.FindAsync(call, entity.Id, Representation.Normal, others);
        var whole = held is null ? entity : EntityMerge.Merge(held, entity);
        return await subscription.Query.MatchesAsync(whole, id => services.Store.FindAsync(copy.Tenant, id, cancel)) ? whole : null;
    }

    private async Task TellAsync(Subscription subscription, IReadOnlyList<Entity> entities, DateTimeOffset? deletedAt, CancellationToken cancel)
    {
        if (!await notifier.TellAsync(subscription, new(entities, deletedAt), cancel)) throw new NgsiLdException("InternalError", StatusCodes.Status503ServiceUnavailable, "The subscriber cannot be told at the moment.", "Too many notifications wait for it; try again.");
    }
}

using Michi.Platform.Places;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

namespace Michi.Platform.Accounts;

/// <summary>What a page or endpoint asks of its reader. Rights at a place follow from roles there or above it.</summary>
public enum Right
{
    /// <summary>Nothing: sign-in, home, static texts.</summary>
    Anyone,
    /// <summary>An account.</summary>
    SignedIn,
    /// <summary>See the place: anyone if it is public, otherwise any role.</summary>
    ViewPlace,
    /// <summary>Add and change evidence, facts, attachments; see what is marked internal.</summary>
    Contribute,
    /// <summary>Change the plan: vision, challenges, initiatives, scenarios, procurement, follow-up.</summary>
    Plan,
    /// <summary>Run rating rounds, record consensus, share reports.</summary>
    Facilitate,
    /// <summary>Change the place itself, its roles and what lies below it.</summary>
    ManagePlace,
    /// <summary>Administer the whole installation.</summary>
    Administer,
}

/// <summary>Declares the right a page or endpoint needs, and where that takes more, the right to send it something. One without it is refused to everyone.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
public sealed class AllowAttribute(Right right, Right toSend) : Attribute, IAuthorizeData, IAuthorizationRequirementData
{
    public AllowAttribute(Right right)
        : this(right, right)
    {
    }

    /// <summary>The right to read.</summary>
    public Right Right => right;

    /// <summary>The right to send with POST, PUT, PATCH or DELETE.</summary>
    public Right ToSend => toSend;

    public string? Policy { get; set; }
    public string? Roles { get; set; }
    public string? AuthenticationSchemes { get; set; }

    public IEnumerable<IAuthorizationRequirement> GetRequirements() => [new RightRequirement(right, toSend)];
}

internal sealed record RightRequirement(Right Right, Right ToSend) : IAuthorizationRequirement;

/// <summary>Decides a right from the reader's roles and the place named in the route.</summary>
internal sealed class RightHandler(IHttpContextAccessor http, Reader reader, PlaceDirectory places) : AuthorizationHandler<RightRequirement>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, RightRequirement requirement)
    {
        var request = http.HttpContext!;
        // A program whose token is no longer good is told so, even where it would see as much without one.
        if (request.Request.Path.StartsWithSegments("/api") && request.Items.ContainsKey(TokenAuthentication.Refused)) return;
        Place? place = null;
        if (request.Request.RouteValues["place"] is string slug)
        {
            place = await places.FindAsync(slug, request.RequestAborted);
            if (place is null) { request.Items[NotFound] = true; return; }
            request.Items[typeof(Place)] = place;
        }
        var right = HttpMethods.IsGet(request.Request.Method) || HttpMethods.IsHead(request.Request.Method) ? requirement.Right : requirement.ToSend;
        if (await reader.CanAsync(right, place, request.RequestAborted)) context.Succeed(requirement);
        // Whoever may not even see a place does not learn that it exists.
        else if (place is not null && !await reader.CanAsync(Right.ViewPlace, place, request.RequestAborted)) request.Items[NotFound] = true;
    }

    public static readonly object NotFound = new();
}

/// <summary>Answers 404 instead of 403 where a place is unknown or may not be known.</summary>
internal sealed class RefusalHandler : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _otherwise = new();

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (!authorizeResult.Succeeded && context.Items.ContainsKey(RightHandler.NotFound))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        return _otherwise.HandleAsync(next, context, policy, authorizeResult);
    }
}

using Michi.Assessment.Evidence;
using Michi.Assessment.Exchange;
using Michi.Assessment.Profiles;
using Michi.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Assessment;

/// <summary>The door of assessment: evidence, rating rounds, profile, stage and direction, programmes, report.</summary>
public static class AssessmentModule
{
    public static IServiceCollection AddAssessment(this IServiceCollection services, Database database)
    {
        services.AddDbContext<AssessmentDb>(o => database.Configure(o, "assessment"));
        services.AddScoped<EvidenceBook>();
        services.AddScoped<PlaceDiagnosis>();
        services.AddScoped<ImportPlaceFile>();
        services.AddValidation();
        services.AddRazorPages().AddApplicationPart(typeof(AssessmentModule).Assembly);
        return services;
    }

    /// <summary>Brings the module's tables up to date. Called once at start, after the platform's.</summary>
    public static async Task MigrateAssessmentAsync(this IServiceProvider services, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<AssessmentDb>().Database.MigrateAsync(cancel);
    }

    /// <summary>Imports a sample or survey file; what the program does on the command line.</summary>
    public static async Task<Imported> ImportAsync(this IServiceProvider services, PlaceFileReading reading, ImportRules rules, IProgress<double>? progress, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ImportPlaceFile>().RunAsync(reading, rules, progress, cancel);
    }
}

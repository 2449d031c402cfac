using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Michi.Assessment.Migrations;

[DbContext(typeof(AssessmentDb))]
[Migration("20261123_CreateIndices")]
internal sealed class CreateIndices : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable("assessment_indices", t => new
        {
            Id = t.Column<Guid>(),
            Version = t.Column<int>(),
            PlaceId = t.Column<Guid>(),
            Names = t.Column<string>(),
            Source = t.Column<string>(),
            Table = t.Column<string>(),
            Hash = t.Column<string>(),
            Choices = t.Column<string>(),
            PlaceCount = t.Column<int>(),
            IndicatorCount = t.Column<int>(),
            CreatedAt = t.Column<long>(),
            ChangedAt = t.Column<long>(),
            ChangedBy = t.Column<string>(),
            WithdrawnAt = t.Column<long>(nullable: true),
            WithdrawnReason = t.Column<string>(nullable: true),
        }, constraints: t => t.PrimaryKey("PK_assessment_indices", i => new { i.Id, i.Version }));
        migrationBuilder.CreateIndex("IX_assessment_indices_PlaceId", "assessment_indices", "PlaceId");
    }
}
